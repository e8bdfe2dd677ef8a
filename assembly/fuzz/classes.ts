// Findings are told apart by a number, their class: what it means is the target's to say (difference.ts, promises.ts).

import { CLASSES, classCounts } from './space';

let last: i32;

export function resetClasses(): void {
  memory.fill(classCounts, 0, CLASSES << 2);
  last = -1;
}

/** Counts a finding; whether it is the first of its class. */
export function noteClass(number: u32): bool {
  const at = classCounts + (<usize>number << 2);
  const count = load<u32>(at);
  if (count != u32.MAX_VALUE) store<u32>(at, count + 1);
  if (count == 0) last = number;
  return count == 0;
}

/** The class of the finding that was returned last, or -1. */
export function fuzzClass(): i32 {
  return last;
}

/** How many inputs fell into a class. */
export function fuzzClassCount(number: u32): u32 {
  return number < CLASSES ? load<u32>(classCounts + (<usize>number << 2)) : 0;
}
