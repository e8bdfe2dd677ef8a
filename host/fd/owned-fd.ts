import type { BigIntStats, Stats } from 'node:fs';
import { checkOptions, optionNames } from '../check/options.js';
import { show } from '../check/show.js';
import { checkBoolean, checkInteger, INT_MAX } from '../check/values.js';
import { AncillaryError, invalidArgument } from '../errors/error.js';
import { F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, FD_CLOEXEC } from '../libc/constants.js';
import { EINTR, EMFILE, systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import { reserveStack } from '../runtime/stack.js';
import { type FdKind, kindOf, statFd } from './kind.js';
import { type Leak, LeakWatch } from './leaks.js';
import { describeOrigin, type Origin, originOf } from './origin.js';
import { closeInWorker, isWorker, keepInWorker, releaseInWorker } from './worker-descriptors.js';

/** The number, for a system call within this library: it is not handed out. Throws as `fd` does. */
export let numberOf: (owned: OwnedFd) => number;

/** Gives a descriptor up and returns its number, or -1 when there is none; anything else than an OwnedFd is refused. */
export let takeFd: (owned: OwnedFd) => number;

let tell: (owned: OwnedFd) => Leak;
const watch = new LeakWatch<OwnedFd>((owned) => tell(owned));

const STAT_OPTIONS = optionNames<{ bigint?: boolean }>({ bigint: true });

/** Standard input, output and error: what is made here gets other numbers, whichever of the three is closed. */
const STANDARD = 3;

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

  /**
   * Owns the open descriptor `fd`, which nobody else may close from now on: one that this process inherited
   * (LISTEN_FDS, standard input) or got from other code. It becomes close-on-exec. Throws `EBADF` where it is not open,
   * and `ERR_INVALID_ARGUMENT` for a number that has an owner in this thread. In a worker thread it gets another number.
   */
  static adopt(fd: number): OwnedFd {
    checkInteger(fd, 'the descriptor that an OwnedFd adopts', 0, INT_MAX);
    return adoptNumber(fd, originOf(`adopted as descriptor ${fd}`, adopt));
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

  /** What it is a descriptor of: `file`, `pipe`, `socket`, `tty`, `memfd`, `eventfd`, `pidfd`, ... */
  get kind(): FdKind {
    return kindOf(this.#live());
  }

  /** What fs.fstat says of it; with `{ bigint: true }` in bigints. */
  stat(options?: { bigint?: false | undefined }): Stats;
  /** What fs.fstat says of it, in bigints. */
  stat(options: { bigint: true }): BigIntStats;
  /** What fs.fstat says of it. */
  stat(options?: { bigint?: boolean | undefined }): Stats | BigIntStats;
  stat(options?: { bigint?: boolean | undefined }): Stats | BigIntStats {
    const fd = this.#live();
    const { bigint } = checkOptions(options, STAT_OPTIONS, 'stat');
    return checkBoolean(bigint, 'bigint') ? statFd(fd, true) : statFd(fd);
  }

  /** Another descriptor of the same: close-on-exec, with position, O_NONBLOCK and locks in common (dup(2)). */
  dup(): OwnedFd {
    return duplicateFd(this.#live(), originOf('made by dup', this.dup));
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
    if (this.#told) watch.remove(this, this.#told);
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

// Not by the name of the class within it: the bundler would give it another one.
const { adopt } = OwnedFd;

/**
 * Throws for an open number that has an owner in this thread: of two that close it, the second would close a stranger's.
 * Somebody else may have closed it, and opened it anew, behind that owner: it is what the owner would close, all the same.
 */
export function refuseOwned(
  fd: number,
  advice = 'adopt that OwnedFd or socket itself, or what its release() returns',
): void {
  reserveStack();
  const owner = watch.find(fd);
  if (!owner || native().libc.fcntl(fd, F_GETFD, 0) < 0) return;
  throw invalidArgument(`descriptor ${fd} has an owner already, ${describeOrigin(owner.origin)}: ${advice}`);
}

/**
 * Owns the number `fd`, which was somebody else's until now, and sets FD_CLOEXEC on it; throws while it still is his. In
 * a worker it gets another number: it may have been opened with fs.open, and Node, which would close that number at the
 * worker's end, must forget it.
 */
export function adoptNumber(fd: number, origin: Origin): OwnedFd {
  const { libc } = native();
  refuseOwned(fd);
  if (libc.fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) throw systemError('fcntl', libc.errno(), `of descriptor ${fd}`);
  if (!isWorker) return ownFd(fd, origin);
  const owned = duplicateFd(fd, origin);
  closeFd(fd);
  return owned;
}

/** A duplicate of `fd`, close-on-exec, as the kernel gives it: nobody owns it yet. Throws `EMFILE`, `EBADF`. */
export function duplicateNumber(fd: number): number {
  const { libc } = native();
  reserveStack();
  const duplicate = libc.fcntl(fd, F_DUPFD_CLOEXEC, STANDARD);
  if (duplicate >= 0) return duplicate;
  const errno = libc.errno();
  throw systemError('fcntl', errno, `to duplicate descriptor ${fd}`, errno === EMFILE ? 'close some descriptors' : '');
}

/** An owned duplicate of `fd`. */
export function duplicateFd(fd: number, origin: Origin): OwnedFd {
  return ownFd(duplicateNumber(fd), origin);
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
