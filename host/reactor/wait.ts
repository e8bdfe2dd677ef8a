import { AncillaryError } from '../errors/error.js';
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
  { signal, timeout }: WaitOptions,
  what: string,
): Promise<T> {
  if (signal?.aborted) return Promise.reject(abortError(signal, what));
  const loop = reactor();
  try {
    if (!loop.isBusy(fd, direction)) {
      const result = attempt(false);
      if (result !== NOT_YET && result !== GO_ON) return Promise.resolve(result);
    }
  } catch (error) {
    return Promise.reject(error);
  }
  return new Promise<T>((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
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
    const stop = (error: unknown) => {
      loop.cancel(fd, direction, waiter);
      waiter.fail(error);
    };
    const onAbort = () => stop(abortError(signal as AbortSignal, what));
    loop.wait(fd, direction, waiter);
    if (timeout !== undefined) timer = setTimeout(() => stop(timeoutError(timeout, what)), timeout);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

export function abortError(signal: AbortSignal, what: string): AncillaryError {
  return new AncillaryError('ABORT_ERR', `${what} was aborted`, { cause: signal.reason });
}

export function timeoutError(timeout: number, what: string): AncillaryError {
  return new AncillaryError('ETIMEDOUT', `${what} took longer than ${timeout} ms`);
}

/** Waits until epoll says that `fd` is ready; throws `EPERM` where it is a file that always is. */
export function untilEvent(fd: number, direction: Direction, what: string): Promise<void> {
  return untilReady(fd, direction, (isReady) => (isReady ? undefined : NOT_YET), {}, what);
}
