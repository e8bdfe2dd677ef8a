import { AncillaryError } from '../errors/error.js';
import { beforeLeakCloses } from '../fd/leaks.js';
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT } from '../libc/constants.js';
import { EPERM } from '../libc/errno.js';
import { throwLater } from '../runtime/globals.js';
import { Epoll } from './epoll.js';
import { beginTurn } from './turn.js';
import { type Watch, watchEpoll } from './watch.js';

/** What came of an attempt: nothing could be done, something was and the wait goes on, or the wait is over. */
export type Outcome = 'idle' | 'served' | 'done';

/** Something that waits for a descriptor to become readable or writable. */
export interface Waiter {
  /** Set while it does not want to be tried: its turn stays its own. `resume` ends that. */
  isParked: boolean;
  /** Tries what is waited for; `isReady` when epoll has said that it can be done. Must not throw. */
  attempt(isReady: boolean): Outcome;
  /** Ends the wait. */
  fail(error: unknown): void;
}

export type Direction = 'read' | 'write';

/** So many waiters of one descriptor may be served in one turn. */
const MOST_SERVED = 64;

interface Registration {
  fd: number;
  /** What epoll is asked for; 0 when it does not know the descriptor. */
  armed: number;
  read: Waiter[];
  write: Waiter[];
}

/**
 * One epoll instance, itself watched by the event loop (watch.ts). A poll handle of libuv on the sockets themselves
 * would abort the process whenever libuv holds the same number, and spin when another process keeps the description
 * open; as registrations in our own epoll these are plain values.
 *
 * Level-triggered and disarmed lazily: a descriptor stays armed between one wait and the next, which saves two system
 * calls a message, until it is ready and nobody waits.
 */
export class Reactor {
  readonly #epoll = new Epoll();
  readonly #watch: Watch;
  readonly #registrations = new Map<number, Registration>();
  /** How many wait. */
  #waiting = 0;
  /** How many reasons there are to keep the loop alive. */
  #kept = 0;
  /** Where the latest waiter waits: while there is one waiter alone, mostly that one. */
  #latest: Registration | undefined;

  constructor() {
    beforeLeakCloses((fd) => this.forget(fd, undefined));
    const onReady = (fd: number, events: number) => this.#dispatch(fd, events);
    this.#watch = watchEpoll(this.#epoll.fd, () => {
      beginTurn();
      try {
        if (!this.#tryOnly()) this.#epoll.poll(onReady);
      } catch (error) {
        // Native code has called: an exception that it met would end the process.
        throwLater(error);
      }
    });
  }

  /** Whether somebody waits for `fd` in that direction. */
  isBusy(fd: number, direction: Direction): boolean {
    return (this.#registrations.get(fd)?.[direction].length ?? 0) > 0;
  }

  /** Queues `waiter`; the first in line is tried whenever `fd` is ready. */
  wait(fd: number, direction: Direction, waiter: Waiter): void {
    let registration = this.#registrations.get(fd);
    if (!registration) {
      registration = { fd, armed: 0, read: [], write: [] };
      this.#registrations.set(fd, registration);
    }
    registration[direction].push(waiter);
    try {
      this.#arm(registration, registration.armed | wantedBy(registration));
    } catch (error) {
      registration[direction].pop();
      if (registration.armed === 0) this.#registrations.delete(fd);
      throw error;
    }
    this.#latest = registration;
    this.#count(1);
  }

  /** Has a parked waiter tried again, from the next turn on. */
  resume(fd: number, direction: Direction, waiter: Waiter): void {
    waiter.isParked = false;
    this.#next(this.#registrations.get(fd), direction);
  }

  /** Has those in line tried now: what they wait for may be held in this process, of which epoll knows nothing. */
  retry(fd: number, direction: Direction): void {
    const registration = this.#registrations.get(fd);
    if (registration) this.#serve(registration, direction, false);
  }

  /** Takes `waiter` out of the queue, without telling it; whether it was there. */
  cancel(fd: number, direction: Direction, waiter: Waiter): boolean {
    const registration = this.#registrations.get(fd);
    const place = registration?.[direction].indexOf(waiter) ?? -1;
    if (place < 0) return false;
    registration?.[direction].splice(place, 1);
    this.#count(-1);
    // Behind one that was parked nobody has been asked for.
    this.#next(registration, direction);
    return true;
  }

  /** Whoever waits for `fd` in that direction fails with `error`. */
  dismiss(fd: number, direction: Direction, error: unknown): void {
    const waiters = this.#registrations.get(fd)?.[direction].splice(0) ?? [];
    this.#count(-waiters.length);
    for (const waiter of waiters) waiter.fail(error);
  }

  /** Keeps the event loop alive until the result is called. */
  hold(): () => void {
    let isHeld = true;
    this.#keep(1);
    return () => {
      if (isHeld) this.#keep(-1);
      isHeld = false;
    };
  }

  /** Forgets `fd`, which is about to be closed; whoever waits for it fails with `error`. */
  forget(fd: number, error: unknown): void {
    const registration = this.#registrations.get(fd);
    if (!registration) return;
    this.#registrations.delete(fd);
    if (registration.armed !== 0) this.#epoll.disarm(fd);
    const waiters = [...registration.read.splice(0), ...registration.write.splice(0)];
    this.#count(-waiters.length);
    for (const waiter of waiters) waiter.fail(error);
  }

  /**
   * While a single descriptor is waited for, an event is almost always for it: it is tried without asking epoll, which
   * saves one system call a message. False when that was of no use.
   */
  #tryOnly(): boolean {
    const latest = this.#latest;
    if (this.#waiting !== 1 || !latest) return false;
    return this.#serve(latest, latest.read.length > 0 ? 'read' : 'write', false);
  }

  #dispatch(fd: number, events: number): void {
    const registration = this.#registrations.get(fd);
    if (!registration) {
      this.#epoll.disarm(fd);
      return;
    }
    // An error or a hang-up wakes both sides: their next attempt tells what it is.
    const wakes = events & (EPOLLERR | EPOLLHUP) ? events | EPOLLIN | EPOLLOUT : events;
    const wanted = wantedBy(registration);
    if (wakes & EPOLLIN) this.#serve(registration, 'read', true);
    if (wakes & EPOLLOUT) this.#serve(registration, 'write', true);
    // Ready, and nobody had asked: disarm, or epoll would say so again at once.
    const isUnasked = wanted === 0 || (events & ~(wanted | EPOLLERR | EPOLLHUP)) !== 0;
    if (isUnasked && this.#registrations.get(fd) === registration) this.#arm(registration, wantedBy(registration));
  }

  /** Lets those in line try, until one has to go on waiting; whether any could do anything. */
  #serve(registration: Registration, direction: Direction, isReady: boolean): boolean {
    const queue = registration[direction];
    let isServed = false;
    for (let served = 0; served < MOST_SERVED; served++) {
      const waiter = queue[0];
      if (!waiter || waiter.isParked) break;
      const outcome = attempt(waiter, isReady);
      if (outcome !== 'idle') isServed = true;
      // The attempt may have closed the descriptor, or ended its own wait.
      if (outcome !== 'done' || this.#registrations.get(registration.fd) !== registration) break;
      if (queue[0] === waiter) {
        queue.shift();
        this.#count(-1);
      }
    }
    return isServed;
  }

  /** Asks epoll for `mask`; for nothing, the descriptor is taken out, or a hang-up would be reported for ever. */
  #arm(registration: Registration, mask: number): void {
    if (mask === registration.armed) return;
    if (mask === 0) {
      this.#epoll.disarm(registration.fd);
    } else if (!this.#epoll.arm(registration.fd, mask, registration.armed !== 0)) {
      throw new AncillaryError('EPERM', `descriptor ${registration.fd} is a file that cannot be waited for`, {
        errno: EPERM,
        syscall: 'epoll_ctl',
      });
    }
    registration.armed = mask;
  }

  /** Has epoll asked for the first in line; when it refuses, that one fails. */
  #next(registration: Registration | undefined, direction: Direction): void {
    for (let first = registration?.[direction][0]; registration && first; first = registration[direction][0]) {
      try {
        this.#arm(registration, registration.armed | wantedBy(registration));
        return;
      } catch (error) {
        registration[direction].shift();
        this.#count(-1);
        first.fail(error);
      }
    }
  }

  #count(change: number): void {
    this.#waiting += change;
    this.#keep(change);
  }

  /** The loop is kept alive only while somebody waits, or holds it. */
  #keep(change: number): void {
    const before = this.#kept;
    this.#kept += change;
    if (before === 0 && this.#kept > 0) this.#watch.start();
    else if (before > 0 && this.#kept === 0) this.#watch.stop();
  }
}

function wantedBy({ read, write }: Registration): number {
  return (isWaiting(read[0]) ? EPOLLIN : 0) | (isWaiting(write[0]) ? EPOLLOUT : 0);
}

function isWaiting(first: Waiter | undefined): boolean {
  return first !== undefined && !first.isParked;
}

/** A waiter must not throw; one that does has ended its wait, and the others go on. */
function attempt(waiter: Waiter, isReady: boolean): Outcome {
  try {
    return waiter.attempt(isReady);
  } catch (error) {
    throwLater(error);
    return 'done';
  }
}

let shared: Reactor | undefined;

/** The reactor of this thread, made when first waited for. */
export function reactor(): Reactor {
  shared ??= new Reactor();
  return shared;
}

/** The reactor if there is one. */
export function startedReactor(): Reactor | undefined {
  return shared;
}
