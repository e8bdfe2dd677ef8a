import { AncillaryError, invalidArgument } from '../errors/error.js';
import { type Direction, reactor, type Waiter } from './reactor.js';

/** How long to wait: until the signal aborts, or for `timeout` milliseconds; default for ever. */
export interface WaitOptions {
  signal?: AbortSignal | undefined;
  timeout?: number | undefined;
}

/** What an attempt returns while it cannot be done yet. */
export const NOT_YET = Symbol('not yet');

/** What an attempt returns that has done something, but goes on waiting for more. */
export const GO_ON = Symbol('go on');

type Attempt<T> = (isReady: boolean) => T | typeof NOT_YET | typeof GO_ON;

/**
 * Calls `attempt` now, and then whenever `fd` may be ready, until it returns a result or throws; `isReady` tells it
 * whether epoll has said so. Calls of one direction on one descriptor are served in their order. `what` names the wait
 * in errors.
 */
export function untilReady<T>(
  fd: number,
  direction: Direction,
  attempt: Attempt<T>,
  options: WaitOptions,
  what: string,
): Promise<T> {
  try {
    const { signal } = checkWait(options);
    if (signal?.aborted) throw abortError(signal, what);
    const loop = reactor();
    if (!loop.isBusy(fd, direction)) {
      const result = attempt(false);
      if (result !== NOT_YET && result !== GO_ON) return Promise.resolve(result);
      if (signal?.aborted) throw abortError(signal, what);
    }
    return new Promise<T>((resolve, reject) => {
      const waiter: Waiter = {
        attempt(isReady) {
          try {
            const result = attempt(isReady);
            if (result === NOT_YET) return 'idle';
            if (result === GO_ON) return 'served';
            finish();
            resolve(result);
          } catch (error) {
            finish();
            reject(error);
          }
          return 'done';
        },
        fail(error) {
          finish();
          reject(error);
        },
      };
      loop.wait(fd, direction, waiter);
      const finish = limit(options, what, (error) => {
        loop.cancel(fd, direction, waiter);
        reject(error);
      });
    });
  } catch (error) {
    return Promise.reject(error);
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
export async function retry<T>(attempt: () => T | typeof NOT_YET, options: WaitOptions, what: string): Promise<T> {
  const { signal } = checkWait(options);
  if (signal?.aborted) throw abortError(signal, what);
  const first = attempt();
  if (first !== NOT_YET) return first;
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

/** Calls `stop` when the signal aborts or the time is up; the result ends that. */
function limit({ signal, timeout }: WaitOptions, what: string, stop: (error: AncillaryError) => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const end = (error: AncillaryError) => {
    finish();
    stop(error);
  };
  const onAbort = () => end(abortError(signal as AbortSignal, what));
  const finish = () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  };
  if (signal?.aborted) queueMicrotask(onAbort);
  else signal?.addEventListener('abort', onAbort, { once: true });
  // What a timer cannot count is as good as for ever.
  if (timeout !== undefined && timeout < 2 ** 31) {
    timer = setTimeout(() => end(new AncillaryError('ETIMEDOUT', `${what} took longer than ${timeout} ms`)), timeout);
  }
  return finish;
}

function checkWait(options: WaitOptions): WaitOptions {
  const { timeout, signal } = options;
  if (timeout !== undefined && !(typeof timeout === 'number' && timeout >= 0)) {
    throw invalidArgument(`timeout must be a number of milliseconds of at least 0, not ${String(timeout)}`);
  }
  // Any that behaves like one: there are several classes of them in one process.
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw invalidArgument('signal must be an AbortSignal');
  }
  return options;
}

function abortError(signal: AbortSignal, what: string): AncillaryError {
  return new AncillaryError('ABORT_ERR', `${what} was aborted`, { cause: signal.reason });
}
