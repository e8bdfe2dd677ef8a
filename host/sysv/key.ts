import { type BigIntStats, statSync } from 'node:fs';
import { AncillaryError, checkInteger, invalidArgument, native, show } from './base.js';

/** What ftok(3) looks at of a file: the numbers of fs.stat, plain or bigint. */
export interface FileIdentity {
  readonly dev: number | bigint;
  readonly ino: number | bigint;
}

/** The least and the greatest key: a key_t is an int, and many write it as an unsigned one. */
const KEY_LEAST = -(2 ** 31);
const KEY_MOST = 2 ** 32 - 1;
const ID_OF_FTOK = 255;

/**
 * The key that unrelated programs agree on by a file and a number (ftok(3)): every program that calls ftok with the same
 * file and `id` gets the same. `id` is an integer from 0 to 255 or one ASCII letter; of 0 POSIX says nothing.
 *
 * The key is made of 16 bits of the inode number and 8 of the device's: two files may have one key, and a file that is
 * written anew (another inode) has another. Throws `ENOENT`, `EACCES`, ... where the file cannot be looked at.
 */
export function ftok(path: string | URL | Uint8Array, id: number | string): number {
  return ftokOf(statOf(path), id);
}

/** The formula of ftok(3) alone: the key of a file with these numbers. */
export function ftokOf(identity: FileIdentity, id: number | string): number {
  const number = checkFtokId(id);
  if (typeof identity !== 'object' || identity === null) {
    throw invalidArgument(`ftokOf takes { dev, ino }, as fs.stat gives them, not ${show(identity)}`);
  }
  const dev = lowBits(identity.dev, 'dev');
  const ino = lowBits(identity.ino, 'ino');
  return native().codec.exports.ftok(dev, ino, number);
}

/** A key that names a queue, as an int: 0 names none (IPC_PRIVATE). */
export function checkKey(key: unknown): number {
  const checked = checkInteger(key, 'key', KEY_LEAST, KEY_MOST, '2^32 - 1') | 0;
  if (checked !== 0) return checked;
  throw invalidArgument('key 0 is IPC_PRIVATE, by which no other program finds a queue: use MessageQueue.private()');
}

/** A key as ipcs(1) shows it. */
export function showKey(key: number): string {
  return `0x${(key >>> 0).toString(16).padStart(8, '0')}`;
}

function checkFtokId(id: unknown): number {
  if (typeof id === 'string' && /^[a-z]$/i.test(id)) return id.charCodeAt(0);
  if (typeof id !== 'string') return checkInteger(id, 'the id of ftok', 0, ID_OF_FTOK);
  throw invalidArgument(`the id of ftok must be an integer from 0 to 255 or one ASCII letter, not ${show(id)}`);
}

/** The lower 32 bits. */
function lowBits(value: unknown, name: string): number {
  const isNumber = typeof value === 'bigint' || Number.isSafeInteger(value);
  if (isNumber && (value as number) >= 0) return Number(BigInt.asIntN(32, BigInt(value as number)));
  throw invalidArgument(`${name} must be an integer of at least 0, a bigint where it is large, not ${show(value)}`);
}

function statOf(path: string | URL | Uint8Array): BigIntStats {
  try {
    return statSync(path as string, { bigint: true });
  } catch (error) {
    const { code = 'ERR_INVALID_ARGUMENT', errno, message } = error as NodeJS.ErrnoException;
    if (errno === undefined) throw invalidArgument(`ftok needs the path of a file: ${message.split('\n')[0]}`);
    const advice = code === 'ENOENT' ? '; both programs need a file that is there: make it first' : '';
    throw new AncillaryError(code, `ftok ${show(String(path))}: ${message}${advice}`, {
      errno: -errno,
      syscall: 'stat',
      cause: error,
    });
  }
}
