/** execve(2): another program takes this process over. */
import { constants } from 'node:os';
import type { AncillaryError } from '../errors/error.js';
import { F_GETFL, F_SETFD, F_SETFL, O_NONBLOCK, SIG_DFL } from '../libc/constants.js';
import { ENOEXEC, systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import { flagsAtStart } from './flags-at-start.js';

const STANDARD = [0, 1, 2] as const;
/** Those that Node ignores: what is ignored stays so in another program. */
const IGNORED = ['SIGPIPE', 'SIGXFSZ'] as const;

/** A program and its arguments, in memory that stays where it is. */
export interface Executable {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly pathAt: number;
  readonly argvAt: number;
}

/** What `execute` needs: made before, as nothing should come between the last preparations and the call. */
export function prepareExecute(file: string, argv: readonly string[]): Executable {
  const { koffi } = native();
  const pointerSize = koffi.sizeof('void *');
  const texts = [file, ...argv].map((text) => Buffer.from(`${text}\0`));
  const table = (argv.length + 1) * pointerSize;
  // Not a small array of V8's own, which moves.
  const buffer = new ArrayBuffer(texts.reduce((sum, text) => sum + text.length, table));
  const bytes = new Uint8Array(buffer);
  const base = Number(koffi.address(bytes));
  const addresses: number[] = [];
  let at = table;
  for (const text of texts) {
    bytes.set(text, at);
    addresses.push(base + at);
    at += text.length;
  }
  const [pathAt = 0, ...rest] = addresses;
  if (pointerSize === 8) new BigUint64Array(buffer, 0, rest.length).set(rest.map(BigInt));
  else new Uint32Array(buffer, 0, rest.length).set(rest);
  return { file, bytes, pathAt, argvAt: base };
}

/** The flags of standard input, output and error as they were at the start, to be put back. */
export function standardFlags(): readonly number[] {
  return flagsAtStart;
}

/** Puts O_NONBLOCK of all three back as it was at the start. */
export function restoreStandardFlags(): void {
  for (const fd of STANDARD) restoreFlags(fd, flagsAtStart[fd] as number);
}

/** Puts O_NONBLOCK back as it was. */
export function restoreFlags(fd: number, before: number): void {
  const { libc } = native();
  const flags = libc.fcntl(fd, F_GETFL, 0);
  if (before < 0 || flags < 0 || ((flags ^ before) & O_NONBLOCK) === 0) return;
  libc.fcntl(fd, F_SETFL, (flags & ~O_NONBLOCK) | (before & O_NONBLOCK));
}

/** Has the program take this process over, with its environment; returns only if it cannot, why. See `leaveSignals`. */
export function execute({ file, pathAt, argvAt }: Executable): AncillaryError {
  const { libc } = native();
  // Node has set FD_CLOEXEC on all that it inherited.
  for (const fd of STANDARD) libc.fcntl(fd, F_SETFD, 0);
  for (const signal of IGNORED) libc.signal(constants.signals[signal], SIG_DFL);
  libc.execv(pathAt, argvAt);
  const errno = libc.errno();
  const advice =
    errno === ENOEXEC ? 'it is no program of this machine; a script begins with #! and its interpreter' : '';
  return systemError('execv', errno, file, advice);
}
