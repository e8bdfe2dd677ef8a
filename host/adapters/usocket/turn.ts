import { setImmediate } from '../base.js';

/** Whether a socket has been told something in this turn of the event loop. */
let isTaken = false;

/**
 * Of several sockets that are ready at once each is told in a turn of its own, as Node tells of its own: whoever hears of
 * one may begin to listen to another before that is told. The first need not wait.
 */
export function ownTurn(): Promise<void> | undefined {
  if (isTaken) return new Promise((resolve) => setImmediate(resolve));
  isTaken = true;
  setImmediate(() => {
    isTaken = false;
  });
  return undefined;
}
