import { invalidArgument } from '../errors/error.js';
import { AF_UNIX } from '../libc/constants.js';
import { native } from '../libc/native.js';

/** sizeof(sun_path) less its NUL (unix(7)). */
export const PATH_MAX_BYTES = 107;

/** Calls `use` with the native address and the size of the struct sockaddr_un for `path`. */
export function withAddress<T>(path: string, use: (address: number, size: number) => T): T {
  if (typeof path !== 'string' || path === '') throw invalidArgument('a socket path must be a non-empty string');
  if (path.includes('\0')) throw invalidArgument(`a socket path may not contain NUL: ${JSON.stringify(path)}`);
  const bytes = Buffer.from(path);
  if (bytes.length > PATH_MAX_BYTES) {
    throw invalidArgument(
      `socket path of ${bytes.length} bytes; Linux takes at most ${PATH_MAX_BYTES}, use a shorter one: ${path}`,
    );
  }
  const { codec, base } = native();
  // sun_family, sun_path, NUL.
  const size = 2 + bytes.length + 1;
  return codec.arena.lend(size, (at) => {
    codec.view.setUint16(at, AF_UNIX, true);
    codec.bytes.set(bytes, at + 2);
    codec.bytes[at + 2 + bytes.length] = 0;
    return use(base + at, size);
  });
}
