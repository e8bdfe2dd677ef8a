import { Buffer, constants } from 'node:buffer';
import { byteLengthOf, isBytes } from '../../check/bytes.js';
import { checkOptions, optionNames } from '../../check/options.js';
import { show } from '../../check/show.js';
import { checkInteger } from '../../check/values.js';
import { invalidArgument } from '../../errors/error.js';
import type { WaitOptions } from '../../reactor/limit.js';
import type { Message } from '../frame/message.js';
import type { Settings } from '../options/socket-options.js';
import { checkMaxFds } from '../options/socket-options.js';

/** What a read of a stream gives. */
export interface StreamMessage extends Message {
  /**
   * Where the descriptors came: for each of `fds`, how many bytes of this read had come when it came. It belongs to the
   * bytes in front of that place, the last of them in any case.
   */
  positions: number[];
}

/** What a read that does not wait may bring. */
export interface ReadSyncOptions {
  /** Most descriptors to accept with all bytes of the read, up to 253 (Infinity is that, too); default what the stream was made with, or 0. */
  maxFds?: number | undefined;
}

/** What a read may bring, and how long it may take. */
export interface ReadOptions extends ReadSyncOptions, WaitOptions {}

/** What a read up to a delimiter that does not wait may bring, and how long its data may be. */
export interface ReadUntilSyncOptions extends ReadSyncOptions {
  /** Most bytes in front of the delimiter; default 65536. */
  max?: number | undefined;
}

/** What a read up to a delimiter may bring, and how long its data and itself may be. */
export interface ReadUntilOptions extends ReadUntilSyncOptions, WaitOptions {}

const SYNC = { maxFds: true } as const;
const WAIT = { signal: true, timeout: true } as const;
const NAMES = {
  read: optionNames<ReadOptions>({ ...SYNC, ...WAIT }),
  readSync: optionNames<ReadSyncOptions>(SYNC),
  readUntil: optionNames<ReadUntilOptions>({ ...SYNC, ...WAIT, max: true }),
  readUntilSync: optionNames<ReadUntilSyncOptions>({ ...SYNC, max: true }),
};

/** What is to be read. */
export interface Wanted extends WaitOptions {
  readonly maxFds: number;
  /** Bytes to be read; of a delimited read most bytes in front of the delimiter. */
  readonly size: number;
  readonly delimiter: Buffer | undefined;
  /** In front of this place of the stream no delimiter begins. */
  searched: number;
}

const MAX = 65536;
/** The longest Buffer there is. */
const { MAX_LENGTH } = constants;

/** What `read` or `readSync` wants, checked. */
export function wantSize(
  size: unknown,
  options: ReadOptions | undefined,
  { maxFds }: Settings,
  isSync: boolean,
): Wanted {
  const api = isSync ? 'readSync' : 'read';
  checkInteger(size, `the size of a ${api}`, 0, MAX_LENGTH);
  const checked = checkOptions(options, NAMES[api], api);
  return { ...limitsOf(checked, maxFds), size: size as number, delimiter: undefined, searched: 0 };
}

/** What `readUntil`, `readLine` or one of their twins wants, checked; `api` is its name. */
export function wantUntil(
  delimiter: unknown,
  options: ReadUntilOptions | undefined,
  { maxFds }: Settings,
  api: string,
): Wanted {
  const checked = checkOptions(options, api.endsWith('Sync') ? NAMES.readUntilSync : NAMES.readUntil, api);
  const { max = MAX } = checked;
  const bytes = checkDelimiter(delimiter);
  checkInteger(max, 'max', 0, MAX_LENGTH - bytes.length);
  return { ...limitsOf(checked, maxFds), size: max, delimiter: bytes, searched: 0 };
}

function limitsOf({ maxFds, signal, timeout }: ReadOptions, usual = 0) {
  return { maxFds: maxFds === undefined ? usual : checkMaxFds(maxFds), signal, timeout };
}

/** Of one's own: the caller may use his bytes for something else while this waits. */
function checkDelimiter(delimiter: unknown): Buffer {
  const isText = typeof delimiter === 'string';
  if (!isText && !isBytes(delimiter)) {
    throw invalidArgument(`a delimiter must be a string or a Uint8Array, not ${show(delimiter)}`);
  }
  const bytes = isText ? Buffer.from(delimiter) : Buffer.alloc(byteLengthOf(delimiter), delimiter);
  if (bytes.length === 0) throw invalidArgument('a delimiter must have at least one byte');
  return bytes;
}
