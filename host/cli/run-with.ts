/** Running a program with descriptors in place. */
import { openSync, writeSync } from 'node:fs';
import { escapeControls } from '../check/escape.js';
import type { OwnedFd } from '../fd/owned-fd.js';
import { numberOf } from '../fd/owned-fd.js';
import { F_GETFD } from '../libc/constants.js';
import { native } from '../libc/native.js';
import { execute, prepareExecute, restoreFlags } from './execute.js';
import { exitNow } from './lifetime.js';
import { STDERR } from './output.js';
import { NOT_RUN } from './programs.js';
import { checkRoom, FIRST } from './room.js';

/** A descriptor for the program, and the name that LISTEN_FDNAMES gives it. */
export interface Placed {
  fd: OwnedFd;
  name: string;
}

/**
 * Has the program take over this process, with the descriptors from number 3 on, as sd_listen_fds(3) has it, and perhaps
 * one as its standard input: its process id, its terminal and its exit status are those of the command. `flags` are
 * those of standard input, output and error as they were. Throws as long as nothing has been changed; later says what
 * is wrong and ends the process.
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
  checkRoom(placed.length);
  fillStandard();
  const program = prepareExecute(file, argv);
  // Node hands these on to the environment of the process itself.
  process.env.LISTEN_FDS = String(placed.length);
  process.env.LISTEN_PID = String(process.pid);
  process.env.LISTEN_FDNAMES = placed.map(({ name }) => name).join(':');
  for (const [i, { fd }] of placed.entries()) libc.dup3(numberOf(fd), FIRST + i, 0);
  if (stdin) libc.dup3(numberOf(stdin), 0, 0);
  // What was passed is another's too, and stays as he has it.
  for (const [fd, before] of flags.entries()) if (fd > 0 || !stdin) restoreFlags(fd, before);
  const error = execute(program);
  try {
    writeSync(STDERR, `ancillary: ${escapeControls(error.message)}\n`);
  } catch {
    // The exit status alone says it.
  }
  return exitNow(NOT_RUN);
}

/** Where nothing is open, the program's first file would become its standard input, output or error. */
function fillStandard(): void {
  // Each takes the lowest number that is free; the last one is closed with this process.
  for (let fd = 0; fd < FIRST; fd++) if (native().libc.fcntl(fd, F_GETFD, 0) < 0) openSync('/dev/null', 'r+');
}
