import { throwLater } from './base.js';

/** What a callback throws must not end the hand-off in the middle: it is thrown where nothing catches it. */
export function call<A extends unknown[]>(callback: ((...args: A) => void) | undefined, ...args: A): void {
  try {
    callback?.(...args);
  } catch (error) {
    throwLater(error);
  }
}
