/** What the numbers of classes mean. */
import type { Verdict } from '../target.js';

/** STUB until host/generate tells. */
export function nameDifference(number: number, [first, second]: readonly [string, string]): Verdict {
  return { class: `difference:${number}`, cause: `${first} and ${second} part` };
}

export function namePromise(number: number): Verdict {
  return { class: `promise:${number}`, cause: `promise ${number} is broken` };
}
