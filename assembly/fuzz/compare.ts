// What was compared while an input ran: pairs of values, of which one may stand in the input. The build makes a second copy
// of the code under test that notes them (scripts/build/instrument.mjs), which is run for what is kept only; a target of
// the host brings its own.
//
//    0  u64  one value
//    8  u64  the other
//   16  u32  bytes of each
//   20  u32  0
//   24

import { PAIR, PAIRS_MOST, pairs } from './space';
import { below } from './random';

let count: u32;
/** Where the next one goes, once there is no room. */
let turn: u32;

export function resetPairs(): void {
  count = 0;
  turn = 0;
}

/** Notes two values of `bytes` bytes that were compared; equal ones teach nothing. */
export function notePair(one: u64, two: u64, bytes: u32): void {
  if (one == two) return;
  // A loop compares the same again and again.
  for (let i: u32 = 1; i <= 8 && i <= count; i++) {
    const last = pairs + <usize>((turn + PAIRS_MOST - i) % PAIRS_MOST) * PAIR;
    if (load<u64>(last) == one && load<u64>(last, 8) == two) return;
  }
  const at = pairs + <usize>turn * PAIR;
  store<u64>(at, one);
  store<u64>(at, two, 8);
  store<u32>(at, bytes, 16);
  turn = (turn + 1) % PAIRS_MOST;
  if (count < PAIRS_MOST) count++;
}

/** One of them by chance, or 0. */
export function pickPair(): usize {
  return count == 0 ? 0 : pairs + <usize>below(count) * PAIR;
}

/** Takes `count` of them that the host has. */
export function fuzzCompare(from: usize, many: u32): void {
  for (let i: u32 = 0; i < many; i++) {
    const at = from + <usize>i * PAIR;
    notePair(load<u64>(at), load<u64>(at, 8), load<u32>(at, 16));
  }
}
