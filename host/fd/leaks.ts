import { setImmediate, warn } from '../runtime/globals.js';
import { closeAside, closeWaiting, isStuck } from './close-aside.js';
import { describeOrigin, type Origin } from './origin.js';

/** What is known of a descriptor when its holder has been collected. */
export interface Leak {
  readonly fd: number;
  readonly origin: Origin;
  /** Whether the number was ever handed out: another may have closed it since, and it may be anybody's by now. */
  isLent: boolean;
}

/** Something that holds a descriptor and may be dropped without closing it. */
export interface Holder {
  readonly closed: boolean;
}

const callbacks: ((fd: number) => void)[] = [];

/** Has `callback` called before a collected descriptor is closed, by who may know its number; it may not throw. */
export function beforeLeakCloses(callback: (fd: number) => void): void {
  callbacks.push(callback);
}

/** Called by the collector, so it may not throw; and it closes nothing that may be another's. */
function onCollected({ fd, origin, isLent }: Leak): void {
  const what = `descriptor ${fd}, ${describeOrigin(origin)}, was never closed; it was collected`;
  if (isLent) {
    // Whether the number still stands for what came cannot be told: two eventfds look alike, a file opened twice too.
    warn(`${what}, but its number had been handed out and may be another's by now: it was left open`, 'ANCILLARY_LEAK');
    return;
  }
  for (const callback of callbacks) callback(fd);
  closeAside([fd]);
  warn(`${what} and has been closed`, 'ANCILLARY_LEAK');
}

/** The list of the young is swept of closed holders when it is at least this long. */
const SWEEP = 1024;

/**
 * Watches holders of one kind. Telling the collector of one costs more than the rest of receiving it, and most are
 * closed within the turn they came in: so the young are only listed, and those still open at the turn's end are told
 * of, with the leak that `leakOf` says.
 */
export class LeakWatch<T extends Holder> {
  readonly #leakOf: (holder: T) => Leak;
  readonly #registry = new FinalizationRegistry<Leak>((leak) => {
    this.#forget(leak);
    onCollected(leak);
  });
  /** What the collector has been told of those that are open, at the places of their numbers: small ones, and dense. */
  readonly #told: (Leak | undefined)[] = [];
  #young: T[] = [];
  #limit = SWEEP;
  #isPlanned = false;

  constructor(leakOf: (holder: T) => Leak) {
    this.#leakOf = leakOf;
  }

  /** From now on `holder` is warned about, and its descriptor closed, when it is collected before it was closed. */
  add(holder: T): void {
    const count = this.#young.push(holder);
    if (count < this.#limit && this.#isPlanned) return;
    try {
      if (count >= this.#limit) this.#sweep();
      if (!this.#isPlanned) setImmediate(() => this.#endTurn()).unref();
      this.#isPlanned = true;
    } catch {
      // The stack is at its end; it is on the list, and the next one that is added has this done.
    }
  }

  /** Ends that, for a holder that has been told of with `leak`: another needs no undoing. */
  remove(holder: T, leak: Leak): void {
    this.#forget(leak);
    this.#registry.unregister(holder);
  }

  /** What is known of the open holder of the number `fd`; undefined where there is none. Needs some stack. */
  find(fd: number): Leak | undefined {
    this.#tellAll();
    return this.#told[fd];
  }

  #sweep(): void {
    this.#young = this.#young.filter((holder) => !holder.closed);
    this.#limit = Math.max(SWEEP, 2 * this.#young.length);
  }

  #endTurn(): void {
    this.#isPlanned = false;
    if (isStuck) closeWaiting();
    this.#tellAll();
  }

  #tellAll(): void {
    for (const holder of this.#young) {
      if (holder.closed) continue;
      const leak = this.#leakOf(holder);
      this.#told[leak.fd] = leak;
      this.#registry.register(holder, leak, holder);
    }
    this.#young = [];
  }

  /** A number that somebody else has closed may have another holder by now. */
  #forget(leak: Leak): void {
    if (this.#told[leak.fd] === leak) this.#told[leak.fd] = undefined;
  }
}
