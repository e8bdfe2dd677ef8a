import { constants } from 'node:fs';
import { withCString } from '../fd/c-string.js';
import { callError } from '../fd/give.js';
import { O_CLOEXEC, POLLHUP } from '../libc/constants.js';
import { EMFILE, ENFILE, ENOMEM } from '../libc/errno.js';
import { native } from '../libc/native.js';
import type { Look } from './look.js';
import { refusal } from './takers.js';

/*
 * O_NONBLOCK belongs to the open file description, which everybody shares who got the descriptor by inheriting or
 * receiving it; and there is no way to tell whether anybody did. Node needs it set and sets it. So what can be opened
 * anew, has a description of its own made; of the rest only what is non-blocking already is taken, or what the caller
 * says may become it.
 */

/** Refuses a blocking description, which Node would make non-blocking for everybody, unless the caller has said so. */
export function checkNonblocking({ isNonblocking, name }: Look, isAllowed: boolean): void {
  if (isNonblocking || isAllowed) return;
  throw refusal(
    `Node would change O_NONBLOCK of ${name}, for every other process that holds it too: ` +
      'with { nonblocking: true } it may',
  );
}

const SHORTAGE = [EMFILE, ENFILE, ENOMEM];

/** A new description of what `fd` is of, non-blocking, as its number; undefined where it cannot be had. */
export function reopen(fd: number, access: number): number | undefined {
  const { libc } = native();
  const flags = access | constants.O_NONBLOCK | constants.O_NOCTTY | O_CLOEXEC;
  const opened = withCString(`/proc/self/fd/${fd}`, (path) => libc.open(path, flags, 0));
  if (opened >= 0) return opened;
  if (SHORTAGE.includes(libc.errno())) throw callError('open', 'to open a description of its own');
  return undefined;
}

/** As `reopen`, for the end of a pipe that is read from: the end of what can be read shows there too. */
export function reopenReader(fd: number): number | undefined {
  const opened = reopen(fd, constants.O_RDONLY);
  if (opened !== undefined && hasEnded(fd) && !hasEnded(opened)) showEnd(fd);
  return opened;
}

/**
 * One that opens a named pipe after its last writer has gone is told of no end, only of the next writer's: so there is
 * one, for a moment (fs/pipe.c, fifo_open).
 */
function showEnd(fd: number): void {
  const writer = reopen(fd, constants.O_WRONLY);
  if (writer !== undefined) native().libc.close(writer);
}

function hasEnded(fd: number): boolean {
  const { libc, codec, base, scratch } = native();
  // struct pollfd: fd, events, revents; POLLHUP comes unasked.
  codec.view.setInt32(scratch, fd, true);
  codec.view.setInt32(scratch + 4, 0, true);
  if (libc.poll(base + scratch, 1, 0) < 0) throw callError('poll');
  return (codec.view.getInt16(scratch + 6, true) & POLLHUP) !== 0;
}
