import { now, setImmediate } from '../runtime/globals.js';

/** So many results, or so many milliseconds of them, one turn of the event loop may have. */
const MOST_RESULTS = 32;
const MOST_MS = 1;

let results = 0;
let begin = 0;
/** What waits for the next turn, in its order. */
let delayed: (() => void)[] = [];

/** To be called by what the event loop itself calls: a new turn has begun. */
export function beginTurn(): void {
  results = 0;
}

/**
 * Calls `settle` at once or, when this turn has had enough, in the next one. What is there at once never leaves the
 * microtask queue: a loop of awaits over a peer that sends faster than it is read would keep timers, signals and every
 * other socket from their turn for as long as that peer likes.
 */
export function inTurn(settle: () => void): void {
  if (delayed.length === 0 && hasTime()) settle();
  else {
    if (delayed.length === 0) setImmediate(settleDelayed);
    delayed.push(settle);
  }
}

function hasTime(): boolean {
  const time = now();
  if (results === 0) begin = time;
  results++;
  return results <= MOST_RESULTS && time - begin < MOST_MS;
}

/** All at once, so that none of a later call overtakes one of an earlier. */
function settleDelayed(): void {
  const settles = delayed;
  delayed = [];
  beginTurn();
  for (const settle of settles) settle();
}
