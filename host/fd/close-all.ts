import { show } from '../check/show.js';
import { invalidArgument } from '../errors/error.js';
import { native } from '../libc/native.js';
import { closeFd, type OwnedFd, takeFd } from './owned-fd.js';
import { isWorker } from './worker-descriptors.js';

/**
 * Closes every descriptor of `fds` that is still open; what fails, or is no OwnedFd, is thrown when all the others have
 * been closed. The kernel hands out the lowest free numbers, so those of one message are mostly consecutive: a run of
 * them is closed with one close_range(2).
 */
export function closeAll(fds: Iterable<OwnedFd>): void {
  const isList = typeof (fds as Partial<Iterable<OwnedFd>> | null | undefined)?.[Symbol.iterator] === 'function';
  if (!isList || ArrayBuffer.isView(fds)) {
    throw invalidArgument(`closeAll takes a list of OwnedFd, not ${show(fds)}`);
  }
  const runs = new Runs();
  try {
    for (const each of fds) runs.take(each);
  } finally {
    // Also when the list itself fails while it is gone through.
    runs.end();
  }
  if (runs.failure) throw runs.failure;
}

/** Collects consecutive numbers, and closes them when another comes. */
class Runs {
  #first = 0;
  #last = -1;
  /** The first thing that went wrong. */
  failure: unknown;

  take(owned: OwnedFd): void {
    try {
      const fd = takeFd(owned);
      if (fd >= 0) this.#add(fd);
    } catch (error) {
      this.failure ??= error;
    }
  }

  end(): void {
    this.#close();
  }

  #add(fd: number): void {
    if (fd !== this.#last + 1 || this.#last < 0) {
      this.#close();
      this.#first = fd;
    }
    this.#last = fd;
  }

  #close(): void {
    const first = this.#first;
    const last = this.#last;
    // Before Linux 5.9, or where a sandbox refuses it, there is no close_range: one by one then; in a worker too, where
    // Node has to know of each.
    if (!isWorker && last > first && native().libc.closeRange(first, last) === 0) return;
    for (let fd = first; fd <= last; fd++) {
      try {
        closeFd(fd);
      } catch (error) {
        this.failure ??= error;
      }
    }
  }
}
