// The walks that can be fuzzed: those of the codec, and behind them the museum's, which are bugs that were mended.

import { MUSEUM_NAMES, MUSEUM_WALKS, MUSEUM_WALK_COUNT } from '../../build/rows/tables';
import { rowOf } from '../abi/row';
import { prepareWalk } from '../dialect/prepared';
import { WALK_SIZE, dialectCount, dialectRow } from '../dialect/row';
import { walkBuffer } from '../dialect/walk';

/** How many there are. */
export function walkCount(): i32 {
  return dialectCount() + MUSEUM_WALK_COUNT;
}

/** The row of number `walk`, which must be below walkCount(). */
export function walkRow(walk: i32): usize {
  const museum = walk - dialectCount();
  return museum < 0 ? dialectRow(walk) : MUSEUM_WALKS + <usize>museum * WALK_SIZE;
}

/** The id of a walk of the museum, by its number. */
export function museumText(walk: i32): usize {
  return MUSEUM_NAMES + load<u16>(walkRow(walk));
}

/** walkAll (dialect/walk.ts), of the museum's too. */
export function walkAny(
  abi: i32,
  walk: i32,
  control: usize,
  size: u32,
  address: f64,
  skip: u32,
  most: u32,
  out: usize,
): i32 {
  prepareWalk(rowOf(abi), walkRow(walk));
  return walkBuffer(control, size, <u64>address, skip, most, out);
}
