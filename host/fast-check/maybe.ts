// What may be left out. Not `option` and not `oneof`: these try to leave a value out before it has shrunk, and never
// after, when what kept it there may have gone.

import { type Arbitrary, array, integer } from 'fast-check';

/** `some`, or none, to which it shrinks at any time. */
export function orNone<T>(some: Arbitrary<T>): Arbitrary<T | null> {
  return array(some, { maxLength: 1, size: 'max' }).map(([value = null]) => value);
}

/** Once in 8 times an integer from 1 to `most`, else 0, to which it shrinks at any time. */
export function rarely(most: number): Arbitrary<number> {
  return orNone(integer({ min: 1 - 3 * most, max: most })).map((value) => Math.max(0, value ?? 0));
}
