import { AncillaryError } from '../errors/error.js';
import { EINTR, systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import { type Holder, type Leak, type Origin, unwatch, watch } from './leaks.js';

/**
 * A descriptor that this process must close, once. It is closed by `close`, by `using`, by `closeAll`, or given away
 * with `release`; using it after that throws. Dropped while open, it is closed when it is collected, with a warning
 * that says where it came from.
 */
export class OwnedFd implements Holder {
  #fd: number;
  readonly #origin: Origin;
  #isTold = false;

  /** @internal */
  constructor(fd: number, origin: Origin) {
    this.#fd = fd;
    this.#origin = origin;
    watch(this);
  }

  /** The descriptor's number. */
  get number(): number {
    if (this.#fd < 0) {
      throw new AncillaryError('ERR_CLOSED', 'this descriptor has been closed or released; its number may be reused');
    }
    return this.#fd;
  }

  get closed(): boolean {
    return this.#fd < 0;
  }

  /** Closes the descriptor. */
  close(): void {
    closeFd(this.release());
  }

  /** Gives the descriptor up without closing it, and returns its number: the caller closes it from now on. */
  release(): number {
    const fd = this.number;
    this.take();
    return fd;
  }

  /** As `release`, but -1 when there is nothing to give up. @internal */
  take(): number {
    const fd = this.#fd;
    this.#fd = -1;
    if (this.#isTold) unwatch(this);
    return fd;
  }

  /** @internal */
  leak(): Leak {
    this.#isTold = true;
    return { fd: this.#fd, origin: this.#origin };
  }

  /** Closes the descriptor unless that has been done. */
  [Symbol.dispose](): void {
    if (!this.closed) this.close();
  }
}

/** Closes a number. EINTR is no failure: Linux has closed the descriptor by then, another close would hit a stranger. */
export function closeFd(fd: number): void {
  const { libc } = native();
  if (libc.close(fd) < 0) {
    const errno = libc.errno();
    if (errno !== EINTR) throw systemError('close', errno, `of descriptor ${fd}`);
  }
}
