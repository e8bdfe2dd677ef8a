import { AsyncResource } from 'node:async_hooks';
import { show } from '../check/show.js';
import { AncillaryError, invalidArgument } from '../errors/error.js';
import { clearTimeout, queueMicrotask, setTimeout } from '../runtime/globals.js';
import { type Direction, type Outcome, reactor, type Waiter } from './reactor.js';
import { inTurn } from './turn.js';

/** How long to wait: until the signal aborts, or for `timeout` milliseconds; default for ever. */
export interface WaitOptions {
  signal?: AbortSignal | undefined;
  timeout?: number | undefined;
}

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
 * whether epoll has said so. Calls of one direction on one descriptor are served in their order, each in the
 * asynchronous context of its caller. `what` names the wait in errors.
 */
export function untilReady<T>(
  fd: number,
  direction: Direction,
  attempt: Attempt<T>,
  options: WaitOptions,
  what: string,
): Promise<T> {
  try {
    const wait = checkWait(options);
    if (isAborted(wait.signal)) throw abortError(wait.signal, what);
    let paused: Pause | undefined;
    if (!reactor().isBusy(fd, direction)) {
      const result = attempt(false);
      if (result instanceof Pause) paused = result;
      else if (result !== NOT_YET && result !== GO_ON) return succeed(result);
      else if (isAborted(wait.signal)) throw abortError(wait.signal, what);
    }
    return enqueue(fd, direction, attempt, paused, wait, what);
  } catch (error) {
    return fail(error);
  }
}

function succeed<T>(result: T | PromiseLike<T>): Promise<T> {
  return new Promise((resolve) => inTurn(() => resolve(result)));
}

/** A promise that is rejected with `error`, fairly: see `inTurn`. */
export function fail(error: unknown): Promise<never> {
  return new Promise((_, reject) => inTurn(() => reject(error)));
}

function enqueue<T>(
  fd: number,
  direction: Direction,
  attempt: Attempt<T>,
  paused: Pause | undefined,
  options: WaitOptions,
  what: string,
): Promise<T> {
  const loop = reactor();
  return new Promise<T>((resolve, reject) => {
    const context = new AsyncResource('ANCILLARY_WAIT');
    const end = (error: unknown) => {
      finish();
      reject(error);
    };
    const park = ({ until }: Pause): Outcome => {
      waiter.isParked = true;
      until.then(
        () => loop.resume(fd, direction, waiter),
        (error) => {
          // Of a wait that is over already it can be told in no other way than as an unhandled rejection.
          if (!loop.cancel(fd, direction, waiter)) throw error;
          end(error);
        },
      );
      return 'served';
    };
    const tryNow = (isReady: boolean): Outcome => {
      try {
        const result = attempt(isReady);
        if (result === NOT_YET) return 'idle';
        if (result === GO_ON) return 'served';
        if (result instanceof Pause) return park(result);
        finish();
        resolve(result);
      } catch (error) {
        end(error);
      }
      return 'done';
    };
    const waiter: Waiter = {
      isParked: false,
      attempt: (isReady) => context.runInAsyncScope(tryNow, undefined, isReady),
      fail: end,
    };
    const finish = limit(options, what, (error) => {
      loop.cancel(fd, direction, waiter);
      reject(error);
    });
    try {
      if (paused) park(paused);
      loop.wait(fd, direction, waiter);
    } catch (error) {
      end(error);
    }
  });
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
    const wait = checkWait(options);
    if (isAborted(wait.signal)) throw abortError(wait.signal, what);
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

/** Calls `stop`, once, when the signal aborts or the time is up; the result ends that, and never throws. */
function limit({ signal, timeout }: WaitOptions, what: string, stop: (error: unknown) => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const finish = () => {
    isOver = true;
    clearTimeout(timer);
    try {
      signal?.removeEventListener('abort', onAbort);
    } catch {
      // A signal of somebody's own making; `isOver` does as well.
    }
  };
  const end = (error: unknown) => {
    if (isOver) return;
    finish();
    stop(error);
  };
  // Never within the call that adds it, whatever kind of signal it is: what is to be stopped has not begun then.
  const onAbort = () => queueMicrotask(() => end(abortError(signal, what)));
  try {
    signal?.addEventListener('abort', onAbort, { once: true });
    if (isAborted(signal)) onAbort();
  } catch (error) {
    queueMicrotask(() => end(brokenSignal(error)));
  }
  // What a timer cannot count is as good as for ever.
  if (timeout !== undefined && timeout < 2 ** 31) {
    timer = setTimeout(() => end(new AncillaryError('ETIMEDOUT', `${what} took longer than ${timeout} ms`)), timeout);
  }
  return finish;
}

function checkWait({ timeout, signal }: WaitOptions): WaitOptions {
  if (timeout !== undefined && !(typeof timeout === 'number' && timeout >= 0)) {
    throw invalidArgument(`timeout must be a number of milliseconds of at least 0, not ${show(timeout)}`);
  }
  // Any that behaves like one: there are several classes of them in one process.
  if (signal !== undefined && typeof (signal as AbortSignal | null)?.addEventListener !== 'function') {
    throw invalidArgument(`signal must be an AbortSignal, not ${show(signal)}`);
  }
  return { timeout, signal };
}

function isAborted(signal: AbortSignal | undefined): boolean {
  try {
    return signal?.aborted === true;
  } catch (error) {
    throw brokenSignal(error);
  }
}

function brokenSignal(cause: unknown): AncillaryError {
  return new AncillaryError('ERR_INVALID_ARGUMENT', 'signal must be an AbortSignal; this one throws', { cause });
}

function abortError(signal: AbortSignal | undefined, what: string): AncillaryError {
  let cause: unknown;
  try {
    cause = signal?.reason;
  } catch {
    // It has none, then.
  }
  return new AncillaryError('ABORT_ERR', `${what} was aborted`, { cause });
}
