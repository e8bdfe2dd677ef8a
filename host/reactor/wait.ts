import { AsyncResource } from 'node:async_hooks';
import { clearTimeout, setTimeout } from '../runtime/globals.js';
import { checkWait, limit, throwIfAborted, type WaitOptions } from './limit.js';
import { type Direction, type Outcome, reactor, type Waiter } from './reactor.js';
import { inTurn } from './turn.js';

/** What an attempt returns while it cannot be done yet. */
export const NOT_YET = Symbol('not yet');

/** What an attempt returns that has done something, but goes on waiting for more. */
export const GO_ON = Symbol('go on');

/** What an attempt returns that goes on as well, but not before a promise is kept. */
export class Pause {
  readonly until: Promise<unknown>;
  constructor(until: Promise<unknown>) {
    this.until = until;
  }
}

type Attempt<T> = (isReady: boolean) => T | PromiseLike<T> | typeof NOT_YET | typeof GO_ON | Pause;

/**
 * Calls `attempt` now, and then whenever `fd` may be ready, until it returns a result or throws; `isReady` tells it
 * whether epoll has said so. Calls of one direction on one descriptor are served in their order. `what` names the wait
 * in errors. An attempt that calls back (`callsBack`) does so in the asynchronous context of the caller.
 */
export function untilReady<T>(
  fd: number,
  direction: Direction,
  attempt: Attempt<T>,
  options: WaitOptions,
  what: string,
  callsBack = false,
  onFailure?: () => void,
): Promise<T> {
  try {
    const wait = checkWait(options, what);
    let paused: Pause | undefined;
    if (!reactor().isBusy(fd, direction)) {
      const result = attempt(false);
      if (result instanceof Pause) paused = result;
      else if (result !== NOT_YET && result !== GO_ON) return succeed(result);
      else throwIfAborted(wait.signal, what);
    }
    return standInLine(fd, direction, attempt, wait, what, callsBack, onFailure, paused);
  } catch (error) {
    return fail(error);
  }
}

/**
 * The same without trying now; `options` have been checked. `onFailure` is called at once when the wait fails, however
 * that comes, before anybody else in line is tried.
 */
export function standInLine<T>(
  fd: number,
  direction: Direction,
  attempt: Attempt<T>,
  options: WaitOptions,
  what: string,
  callsBack: boolean,
  onFailure?: () => void,
  paused?: Pause,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const failed = (error: unknown) => {
      onFailure?.();
      reject(error);
    };
    const wait = new Wait(fd, direction, attempt, callsBack, resolve, onFailure ? failed : reject);
    wait.begin(options, what, paused);
  });
}

/** A promise of `result`, which is there already, fairly: see `inTurn`. */
export function succeed<T>(result: T | PromiseLike<T>): Promise<T> {
  return new Promise((resolve) => inTurn(() => resolve(result)));
}

/** A promise that is rejected with `error`, as fairly. */
export function fail(error: unknown): Promise<never> {
  return new Promise((_, reject) => inTurn(() => reject(error)));
}

/** One that stands in line. */
class Wait<T> implements Waiter {
  isParked = false;
  readonly #fd: number;
  readonly #direction: Direction;
  readonly #attempt: Attempt<T>;
  readonly #context: AsyncResource | undefined;
  readonly #resolve: (result: T | PromiseLike<T>) => void;
  readonly #reject: (error: unknown) => void;
  #endLimits: (() => void) | undefined;
  #isOver = false;

  constructor(
    fd: number,
    direction: Direction,
    attempt: Attempt<T>,
    callsBack: boolean,
    resolve: (result: T | PromiseLike<T>) => void,
    reject: (error: unknown) => void,
  ) {
    this.#fd = fd;
    this.#direction = direction;
    this.#attempt = attempt;
    this.#context = callsBack ? new AsyncResource('ANCILLARY_WAIT') : undefined;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  begin(options: WaitOptions, what: string, paused: Pause | undefined): void {
    this.#endLimits = limit(options, what, (error) => {
      reactor().cancel(this.#fd, this.#direction, this);
      this.fail(error);
    });
    try {
      if (paused) this.#park(paused);
      reactor().wait(this.#fd, this.#direction, this);
    } catch (error) {
      this.fail(error);
    }
  }

  attempt(isReady: boolean): Outcome {
    return this.#context ? this.#context.runInAsyncScope(this.#try, this, isReady) : this.#try(isReady);
  }

  fail(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#endLimits?.();
    this.#reject(error);
  }

  #try(isReady: boolean): Outcome {
    try {
      const result = this.#attempt(isReady);
      if (result === NOT_YET) return 'idle';
      if (result === GO_ON) return 'served';
      if (result instanceof Pause) return this.#park(result);
      this.#isOver = true;
      this.#endLimits?.();
      this.#resolve(result);
    } catch (error) {
      this.fail(error);
    }
    return 'done';
  }

  #park({ until }: Pause): Outcome {
    // What the callback did has ended the wait: of its promise nobody hears but by an unhandled rejection.
    if (this.#isOver) return 'done';
    this.isParked = true;
    until.then(
      () => reactor().resume(this.#fd, this.#direction, this),
      (error) => {
        // Of a wait that is over already it can be told in no other way than as an unhandled rejection.
        if (!reactor().cancel(this.#fd, this.#direction, this)) throw error;
        this.fail(error);
      },
    );
    return 'served';
  }
}

/** Waits until epoll says that `fd` is ready; throws `EPERM` where it is a file that always is. */
export function untilEvent(fd: number, direction: Direction, what: string): Promise<void> {
  return untilReady(fd, direction, (isReady) => (isReady ? undefined : NOT_YET), {}, what);
}

/** How long is paused between two tries, at first and at most, in milliseconds. */
const PAUSE_FIRST = 1;
const PAUSE_MOST = 50;

/** Calls `attempt` now, and then after ever longer pauses, until it returns a result; for what no event tells of. */
export function retry<T>(attempt: () => T | typeof NOT_YET, options: WaitOptions, what: string): Promise<T> {
  try {
    const wait = checkWait(options, what);
    const first = attempt();
    return first === NOT_YET ? tryLater(attempt, wait, what) : succeed(first);
  } catch (error) {
    return fail(error);
  }
}

function tryLater<T>(attempt: () => T | typeof NOT_YET, options: WaitOptions, what: string): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let pause = PAUSE_FIRST;
    const again = () => {
      try {
        const result = attempt();
        if (result === NOT_YET) {
          pause = Math.min(2 * pause, PAUSE_MOST);
          timer = setTimeout(again, pause);
          return;
        }
        finish();
        resolve(result);
      } catch (error) {
        finish();
        reject(error);
      }
    };
    let timer = setTimeout(again, pause);
    const finish = limit(options, what, (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}
