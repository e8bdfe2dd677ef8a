import { show } from '../check/show.js';
import { AncillaryError, invalidArgument } from '../errors/error.js';
import { EINTR, systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import { type Leak, LeakWatch } from './leaks.js';
import type { Origin } from './origin.js';
import { closeInWorker, isWorker, keepInWorker, releaseInWorker } from './worker-descriptors.js';

/** The number, for a system call within this library: it is not handed out. Throws as `fd` does. */
export let numberOf: (owned: OwnedFd) => number;

/** Gives a descriptor up and returns its number, or -1 when there is none; anything else than an OwnedFd is refused. */
export let takeFd: (owned: OwnedFd) => number;

let tell: (owned: OwnedFd) => Leak;
const watch = new LeakWatch<OwnedFd>((owned) => tell(owned));

/** Only who has it can make an OwnedFd. */
const KEY = Symbol('an OwnedFd is made by the library');

/**
 * A descriptor that this process must close, once. It is closed by `close`, by `using`, by `closeAll`, or given away
 * with `release`; using it after that throws. `fd` only lends the number: whoever gets it may use it, not close it.
 *
 * Dropped while open, it is closed when it is collected, with a warning that says where it came from; but if its number
 * has ever been lent it is left open, since another may have closed it, and the number may stand for something else.
 *
 * That of a worker thread is closed when the worker ends, however it does; there `release` returns another number.
 */
export class OwnedFd {
  #fd: number;
  readonly #origin: Origin;
  #isLent = false;
  /** What the collector has been told, if it has. */
  #told: Leak | undefined;

  static {
    tell = (owned) => owned.#tell();
    numberOf = (owned) => owned.#live();
    takeFd = (owned) => {
      if (typeof owned === 'object' && owned !== null && #fd in owned) return owned.#take();
      throw invalidArgument(
        `only an OwnedFd can be closed here, not ${show(owned)}; a number is closed with node:fs closeSync`,
      );
    };
  }

  private constructor(key: symbol, fd: number, origin: Origin) {
    if (key !== KEY) throw invalidArgument('an OwnedFd cannot be made with new: receive() returns them');
    this.#fd = isWorker ? keepInWorker(fd) : fd;
    this.#origin = origin;
    watch.add(this);
  }

  /** Whether `value` is one. */
  static isOwnedFd(value: unknown): value is OwnedFd {
    return typeof value === 'object' && value !== null && #fd in value;
  }

  /** The descriptor's number, lent: it stays this object's to close. */
  get fd(): number {
    const fd = this.#live();
    this.#isLent = true;
    if (this.#told) this.#told.isLent = true;
    return fd;
  }

  /** Whether it has been closed, released or given away. */
  get closed(): boolean {
    return this.#fd < 0;
  }

  /** Closes the descriptor. */
  close(): void {
    this.#live();
    closeFd(this.#take());
  }

  /** Gives the descriptor away without closing it, and returns its number: the caller closes it from now on. */
  release(): number {
    const fd = this.#live();
    const released = isWorker ? releaseInWorker(fd) : fd;
    this.#take();
    return released;
  }

  /** Closes the descriptor unless that has been done. */
  [Symbol.dispose](): void {
    if (!this.closed) this.close();
  }

  /** What console.log shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `OwnedFd { ${this.closed ? 'closed' : `fd: ${this.#fd}`} }`;
  }

  #live(): number {
    if (this.#fd < 0) {
      throw new AncillaryError('ERR_CLOSED', 'this descriptor has been closed or released; its number may be reused');
    }
    return this.#fd;
  }

  #take(): number {
    const fd = this.#fd;
    this.#fd = -1;
    if (this.#told) watch.remove(this);
    return fd;
  }

  #tell(): Leak {
    this.#told = { fd: this.#fd, origin: this.#origin, isLent: this.#isLent };
    return this.#told;
  }
}

type Make = new (key: symbol, fd: number, origin: Origin) => OwnedFd;
const Make = OwnedFd as unknown as Make;

/**
 * Owns the descriptor `fd` from now on; to be called at once when the kernel has given it. In a worker it gets another
 * number, which `numberOf` tells. Never throws.
 */
export function ownFd(fd: number, origin: Origin): OwnedFd {
  return new Make(KEY, fd, origin);
}

/** Closes a number. EINTR is no failure: Linux has closed the descriptor by then, another close would hit a stranger. */
export function closeFd(fd: number): void {
  const errno = isWorker ? closeInWorker(fd) : closePlainly(fd);
  if (errno !== 0 && errno !== EINTR) throw systemError('close', errno, `of descriptor ${fd}`);
}

function closePlainly(fd: number): number {
  const { libc } = native();
  return libc.close(fd) < 0 ? libc.errno() : 0;
}
