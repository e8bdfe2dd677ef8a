import { native } from '../libc/native.js';
import { closeInWorker, isWorker, releaseInWorker } from './worker-descriptors.js';

/**
 * Descriptors that somebody else sent unasked are closed where that can keep nobody: the last close of a socket with
 * SO_LINGER and unsent data, or of a file on a slow file system, blocks for seconds. One thread of libuv's pool at most
 * is ever used, so that not even a flood of them fills the pool.
 */
const waiting: number[] = [];
let isClosing = false;

/**
 * So many may wait to be closed: more would bring the process to its limit of open files, and there the kernel closes
 * what comes within recvmsg. What comes beyond is closed at once, however long that takes.
 */
const MOST_WAITING = 512;

/** Closes the numbers, soon, away from the event loop; what closing them says nobody hears. Never throws. */
export function closeAside(fds: readonly number[]): void {
  if (waiting.length + fds.length > MOST_WAITING) {
    const { libc } = native();
    for (const fd of fds) isWorker ? closeInWorker(fd) : libc.close(fd);
    return;
  }
  waiting.push(...fds);
  if (!isClosing) closeNext();
}

/** Closes a run of consecutive numbers with one call, as the kernel mostly hands them out. */
function closeNext(): void {
  const first = takeNext();
  isClosing = first !== undefined;
  if (first === undefined) return;
  let last = first;
  while (!isWorker && waiting[0] === last + 1) last = waiting.shift() as number;
  const { libc } = native();
  const closeEach = () => {
    for (let fd = first; fd <= last; fd++) libc.close(fd);
  };
  try {
    libc.closeRangeAsync(first, last, (error, result) => {
      // Before Linux 5.9 there is no close_range.
      if (error || result < 0) closeEach();
      closeNext();
    });
  } catch {
    closeEach();
    closeNext();
  }
}

/** The next number; in a worker, which might have ended before its turn, one that Node does not watch over any more. */
function takeNext(): number | undefined {
  for (let fd = waiting.shift(); fd !== undefined; fd = waiting.shift()) {
    if (!isWorker) return fd;
    try {
      return releaseInWorker(fd);
    } catch {
      // No number is left to move it to.
      closeInWorker(fd);
    }
  }
  return undefined;
}
