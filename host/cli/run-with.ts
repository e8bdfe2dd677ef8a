/** Running a program with descriptors in place. */
import { constants, openSync, writeSync } from 'node:fs';
import { escapeControls } from '../check/escape.js';
import { AncillaryError } from '../errors/error.js';
import type { OwnedFd } from '../fd/owned-fd.js';
import { numberOf } from '../fd/owned-fd.js';
import { F_DUPFD_CLOEXEC, F_GETFL, F_SETFD, F_SETFL, O_NONBLOCK } from '../libc/constants.js';
import { EINVAL, EMFILE, ENOEXEC, systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import { exitNow } from './lifetime.js';
import { STDERR } from './output.js';
import { NOT_RUN } from './programs.js';

/** SD_LISTEN_FDS_START, sd_listen_fds(3): the first number behind standard input, output and error. */
export const FIRST = 3;
const STANDARD = [0, 1, 2] as const;

/** As signal(7) numbers them on every architecture that Node runs on; SIG_DFL. */
const SIGPIPE = 13;
const SIGXFSZ = 25;
const SIG_DFL = 0;

/** A descriptor for the program, and the name that LISTEN_FDNAMES gives it. */
export interface Placed {
  fd: OwnedFd;
  name: string;
}

/** The flags of standard input, output and error, to be put back: Node changes those of pipes it writes to. */
export function standardFlags(): readonly number[] {
  return STANDARD.map((fd) => native().libc.fcntl(fd, F_GETFL, 0));
}

/**
 * Has the program take over this process, with the descriptors from number 3 on, as sd_listen_fds(3) has it, and perhaps
 * one as its standard input: its process id, its terminal and its exit status are those of the command. Throws as long
 * as nothing has been changed; later says what is wrong and ends the process.
 *
 * There is nothing between: a process that went on beside the program would have to hand on signals and status, and
 * LISTEN_PID must be the number of the one that reads it.
 */
export function runWith(
  file: string,
  argv: readonly string[],
  placed: readonly Placed[],
  stdin: OwnedFd | undefined,
  flags: readonly number[],
): never {
  const { libc } = native();
  const copies = copyBeyond(FIRST + placed.length, [...placed.map(({ fd }) => fd), ...(stdin ? [stdin] : [])]);
  for (const fd of STANDARD) fillStandard(fd);
  const strings = new Strings(file, argv);
  // Node hands these on to the environment of the process itself.
  process.env.LISTEN_FDS = String(placed.length);
  process.env.LISTEN_PID = String(process.pid);
  process.env.LISTEN_FDNAMES = placed.map(({ name }) => name).join(':');

  // From here on numbers may be taken from under Node: nothing may wait any more.
  for (const [i, copy] of copies.entries()) libc.dup3(copy, i < placed.length ? FIRST + i : 0, 0);
  for (const fd of STANDARD) {
    // Node has set FD_CLOEXEC on all that it inherited.
    libc.fcntl(fd, F_SETFD, 0);
    restoreFlags(fd, stdin && fd === 0 ? -1 : (flags[fd] as number));
  }
  // Node ignores them, and what is ignored stays so in a new program.
  libc.signal(SIGPIPE, SIG_DFL);
  libc.signal(SIGXFSZ, SIG_DFL);
  libc.execv(strings.file, strings.argv);
  const errno = libc.errno();
  const advice =
    errno === ENOEXEC ? 'it is no program of this machine; a script begins with #! and its interpreter' : '';
  try {
    writeSync(STDERR, `ancillary: ${escapeControls(systemError('execv', errno, file, advice).message)}\n`);
  } catch {
    // The exit status alone says it.
  }
  return exitNow(NOT_RUN);
}

/** Copies with numbers from `least` on, so that none is overwritten before it has been put in its place. */
function copyBeyond(least: number, fds: readonly OwnedFd[]): number[] {
  const { libc } = native();
  return fds.map((fd) => {
    const copy = libc.fcntl(numberOf(fd), F_DUPFD_CLOEXEC, least);
    if (copy >= 0) return copy;
    const errno = libc.errno();
    // EINVAL: even the first number would be beyond the limit.
    const isFull = errno === EMFILE || errno === EINVAL;
    throw systemError('fcntl', errno, '', isFull ? 'too many descriptors for one program; raise ulimit -n' : '');
  });
}

/** Where nothing is open, the program's first file would become its standard input, output or error. */
function fillStandard(fd: number): void {
  const { libc } = native();
  if (libc.fcntl(fd, F_GETFL, 0) >= 0) return;
  const opened = openSync('/dev/null', constants.O_RDWR);
  if (opened !== fd) throw new AncillaryError('EBADF', `descriptor ${fd} cannot be filled with /dev/null`);
}

/** Puts O_NONBLOCK back as it was. */
function restoreFlags(fd: number, before: number): void {
  const { libc } = native();
  const flags = libc.fcntl(fd, F_GETFL, 0);
  if (before < 0 || flags < 0 || ((flags ^ before) & O_NONBLOCK) === 0) return;
  libc.fcntl(fd, F_SETFL, (flags & ~O_NONBLOCK) | (before & O_NONBLOCK));
}

/** The path and the argument list of execv(3), in memory that stays where it is. */
class Strings {
  readonly file: number;
  readonly argv: number;
  readonly #bytes: Uint8Array;

  constructor(file: string, argv: readonly string[]) {
    const { koffi } = native();
    const pointerSize = koffi.sizeof('void *');
    const texts = [file, ...argv].map((text) => Buffer.from(`${text}\0`));
    const table = (argv.length + 1) * pointerSize;
    // Not a small array of V8's own, which moves.
    this.#bytes = new Uint8Array(new ArrayBuffer(texts.reduce((sum, text) => sum + text.length, table)));
    const base = Number(koffi.address(this.#bytes));
    const addresses: number[] = [];
    let at = table;
    for (const text of texts) {
      this.#bytes.set(text, at);
      addresses.push(base + at);
      at += text.length;
    }
    const [path = 0, ...rest] = addresses;
    const { buffer } = this.#bytes;
    if (pointerSize === 8) new BigUint64Array(buffer, 0, rest.length).set(rest.map(BigInt));
    else new Uint32Array(buffer, 0, rest.length).set(rest);
    this.file = path;
    this.argv = base;
  }
}
