import { RLIMIT_NOFILE } from '../libc/constants.js';
import { native } from '../libc/native.js';
import { setTimeout } from '../runtime/globals.js';
import { endTurn, takeTurn } from './closing-turn.js';
import { closeInWorker, isWatchedOver, isWorker, releaseInWorker } from './worker-descriptors.js';

/**
 * Descriptors that somebody else sent unasked are closed where that can keep nobody: the last close of a socket with
 * SO_LINGER and unsent data, or of a file on a slow file system, blocks for seconds. One thread of libuv's pool at most
 * is used by the whole process, so that not even a flood of them fills the pool.
 */
const waiting: number[] = [];
/** Those before this place are done with. */
let head = 0;
let isClosing = false;

/** Whether some stay in line that nobody closes: `closeWaiting` is to be called again, from where there is a stack. */
export let isStuck = false;

/**
 * So many may wait to be closed: more would bring the process to its limit of open files, and there the kernel closes
 * what comes within recvmsg. What comes beyond is closed at once, however long that takes.
 */
const MOST_WAITING = 512;
const FEW = 32;

/** A quarter of what the process may open, and never more than that. */
function mostWaiting(): number {
  const { libc, codec, base, scratch } = native();
  if (libc.getrlimit(RLIMIT_NOFILE, base + scratch) < 0) return MOST_WAITING;
  // rlim_cur is an unsigned long; of a wide one the low half says enough, or that there is no limit.
  const limit = codec.view.getUint32(scratch, true) || MOST_WAITING * 4;
  return Math.min(MOST_WAITING, limit >>> 2);
}

/** Closes the numbers, soon, away from the event loop; what closing them says nobody hears. */
export function closeAside(fds: readonly number[]): void {
  waiting.push(...fds);
  closeWaiting();
}

/** Puts a number in line for `closeWaiting`: nothing else, so that it can be done where there is hardly a stack left. */
export function closeLater(fd: number): void {
  waiting.push(fd);
  isStuck = true;
}

/** Begins to close those in line. Never throws: what cannot be done now, for want of stack, is done the next time. */
export function closeWaiting(): void {
  try {
    // Few fit everywhere.
    const most = canWait() ? (waiting.length - head > FEW ? mostWaiting() : FEW) : 0;
    while (waiting.length - head > most) {
      closeNow(waiting[head] as number);
      head++;
    }
    while (!isClosing && head < waiting.length) {
      if (takeTurn()) closeNext();
      else waitForTurn();
    }
    if (!isClosing) endTurn();
    if (head === waiting.length) {
      waiting.length = 0;
      head = 0;
    }
    isStuck = false;
  } catch {
    isStuck = true;
  }
}

/** A worker that Node does not watch over may end with the turn, which would be gone for all. */
function canWait(): boolean {
  return !isWorker || isWatchedOver();
}

/** How often another thread that closes is asked again, in milliseconds. */
const ASK_AGAIN = 5;

function waitForTurn(): void {
  isClosing = true;
  setTimeout(() => {
    isClosing = false;
    closeWaiting();
  }, ASK_AGAIN).unref();
}

function closeNow(fd: number): void {
  if (isWorker) closeInWorker(fd);
  else native().libc.close(fd);
}

/** Has the next in line closed in the pool: a run of consecutive numbers, as the kernel mostly hands them out. */
function closeNext(): void {
  const first = waiting[head] as number;
  if (isWorker) closeNextInWorker(first);
  else {
    let count = 1;
    while (waiting[head + count] === first + count) count++;
    begin(first, first + count - 1);
    head += count;
  }
}

/** Node, which might close the number at the worker's end, must not watch over it any more. */
function closeNextInWorker(fd: number): void {
  let released: number;
  try {
    released = releaseInWorker(fd);
  } catch {
    // No number is left to move it to.
    closeInWorker(fd);
    head++;
    return;
  }
  head++;
  begin(released, released);
}

function begin(first: number, last: number): void {
  const { libc } = native();
  libc.closeRangeAsync(first, last, (error, result) => {
    isClosing = false;
    endTurn();
    // Before Linux 5.9 there is no close_range.
    if (error || result < 0) for (let fd = first; fd <= last; fd++) libc.close(fd);
    closeWaiting();
  });
  isClosing = true;
}
