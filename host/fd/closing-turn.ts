import { closeSync, openSync } from 'node:fs';
import { LOCK_EX, LOCK_NB } from '../libc/constants.js';
import { native } from '../libc/native.js';

/*
 * Of all threads of the process one at a time closes aside: otherwise a peer could fill libuv's pool through several
 * workers. They share no memory that all of them know of, so it is a lock of the kernel's (flock(2)): on a file of this
 * very process that no other user may open, and which the kernel takes back when the worker that holds it ends.
 */

/** This thread's description of the file while it has the turn; -1 where there is none. */
let lock: number | undefined;

/** Takes the turn, if this thread has not got it; false while another one has. */
export function takeTurn(): boolean {
  if (lock !== undefined) return true;
  const fd = openLock();
  // Without a lock every thread closes for itself.
  if (fd >= 0 && native().libc.flock(fd, LOCK_EX | LOCK_NB) < 0) {
    closeSync(fd);
    return false;
  }
  lock = fd;
  return true;
}

/** Gives the turn to the others. */
export function endTurn(): void {
  if (lock !== undefined && lock >= 0) closeSync(lock);
  lock = undefined;
}

function openLock(): number {
  try {
    // Node closes it when the worker ends.
    return openSync('/proc/self/environ', 'r');
  } catch {
    return -1;
  }
}
