import { invalidArgument } from '../errors/error.js';
import { AF_UNIX } from '../libc/constants.js';
import { native } from '../libc/native.js';

/** sizeof(sun_path) less its NUL (unix(7)). */
const PATH_MAX_BYTES = 107;

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
  // With the NUL behind it.
  return withName(Buffer.concat([bytes, Buffer.of(0)]), use);
}

/** The same for a name outside the file system (unix(7), abstract sockets): it is gone with its socket. */
export function withAbstractAddress<T>(name: string, use: (address: number, size: number) => T): T {
  return withName(Buffer.from(`\0${name}`), use);
}

function withName<T>(name: Uint8Array, use: (address: number, size: number) => T): T {
  const { codec, base } = native();
  // sun_family, sun_path.
  return codec.arena.lend(2 + name.length, (at) => {
    codec.view.setUint16(at, AF_UNIX, true);
    codec.bytes.set(name, at + 2);
    return use(base + at, 2 + name.length);
  });
}
