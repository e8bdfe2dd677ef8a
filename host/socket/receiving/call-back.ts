import { closeAll } from '../../fd/close-all.js';
import { Pause } from '../../reactor/wait.js';
import type { Message } from '../frame/message.js';

/** Calls back for one message; its descriptors are closed when that fails. A promise that comes back is waited for. */
export function callBack(onMessage: (message: Message) => unknown, message: Message): Pause | undefined {
  let answer: PromiseLike<unknown> | undefined;
  try {
    answer = onMessage(message) as PromiseLike<unknown> | undefined;
    if (typeof answer?.then !== 'function') return undefined;
  } catch (error) {
    closeThenFail(message, error);
  }
  return new Pause(Promise.resolve(answer).then(undefined, (error: unknown) => closeThenFail(message, error)));
}

function closeThenFail({ fds, pidfd }: Message, error: unknown): never {
  try {
    closeAll(pidfd ? [...fds, pidfd] : fds);
  } catch {
    // Closed by their number before: what the callback says is what matters.
  }
  throw error;
}
