import { AT_FDCWD } from '../../libc/constants.js';
import { native } from '../../libc/native.js';

/** renameat2(2) with flags (RENAME_EXCHANGE, RENAME_NOREPLACE or 0); returns its errno. */
export function rename(from: string, to: string, flags: number): number {
  const { libc, base, codec } = native();
  const names = Buffer.from(`${from}\0${to}\0`);
  const second = Buffer.byteLength(from) + 1;
  return codec.arena.lend(names.length, (at) => {
    codec.bytes.set(names, at);
    const result = libc.renameat2(AT_FDCWD, base + at, AT_FDCWD, base + at + second, flags);
    return result < 0 ? libc.errno() : 0;
  });
}
