import { escapeControls } from '../check/escape.js';
import { show } from '../check/show.js';
import { invalidArgument } from '../errors/error.js';
import { AF_UNIX } from '../libc/constants.js';
import { native } from '../libc/native.js';

/** sizeof(sun_path) less its NUL (unix(7)). */
export const PATH_MAX_BYTES = 107;

/** `path`, if a socket can be bound to it; to be asked before it is used for anything else, even for an error. */
export function checkPath(path: unknown): string {
  if (typeof path !== 'string' || path === '') {
    throw invalidArgument(`a socket path must be a non-empty string, not ${show(path)}`);
  }
  if (path.includes('\0')) throw invalidArgument(`a socket path may not contain NUL: ${show(path)}`);
  const size = Buffer.byteLength(path);
  if (size > PATH_MAX_BYTES) {
    const shown = size < 4 * PATH_MAX_BYTES ? escapeControls(path) : show(path);
    throw invalidArgument(
      `socket path of ${size} bytes; Linux takes at most ${PATH_MAX_BYTES}, use a shorter one: ${shown}`,
    );
  }
  return path;
}

/** Calls `use` with the native address and the size of the struct sockaddr_un for `path`, which has been checked. */
export function withAddress<T>(path: string, use: (address: number, size: number) => T): T {
  const { codec, base } = native();
  const bytes = Buffer.from(path);
  // sun_family, sun_path, and a NUL behind it.
  const size = 2 + bytes.length + 1;
  return codec.arena.lend(size, (at) => {
    codec.view.setUint16(at, AF_UNIX, true);
    codec.bytes.set(bytes, at + 2);
    codec.bytes[at + 2 + bytes.length] = 0;
    return use(base + at, size);
  });
}

/** Who knows abstract sockets from other programs writes their names so. */
export function hintAbstract(path: string): string {
  return path.startsWith('@') ? '; a path that begins with @ is a file name here, no abstract name' : '';
}
