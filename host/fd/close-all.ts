import { native } from '../libc/native.js';
import { closeFd, type OwnedFd } from './owned-fd.js';

/**
 * Closes every descriptor of `fds` that is still open; a failure is thrown when all have been tried. The kernel hands
 * out the lowest free numbers, so those of one message are mostly consecutive: a run of them is closed with one
 * close_range(2).
 */
export function closeAll(fds: Iterable<OwnedFd>): void {
  const runs = new Runs();
  for (const each of fds) {
    const fd = each.take();
    if (fd >= 0) runs.add(fd);
  }
  runs.end();
}

/** Collects consecutive numbers, and closes them when another comes. */
class Runs {
  #first = 0;
  #last = -1;
  #failure: unknown;

  add(fd: number): void {
    if (fd !== this.#last + 1 || this.#last < 0) {
      this.#close();
      this.#first = fd;
    }
    this.#last = fd;
  }

  end(): void {
    this.#close();
    if (this.#failure) throw this.#failure;
  }

  #close(): void {
    const first = this.#first;
    const last = this.#last;
    // Before Linux 5.9, or where a sandbox refuses it, there is no close_range: one by one then.
    if (last > first && native().libc.closeRange(first, last) === 0) return;
    for (let fd = first; fd <= last; fd++) {
      try {
        closeFd(fd);
      } catch (error) {
        this.#failure ??= error;
      }
    }
  }
}
