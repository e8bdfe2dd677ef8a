// The walks that can be fuzzed: those of the codec, and behind them the museum's, which are bugs that were mended.

import { MUSEUM_NAMES, MUSEUM_WALKS, MUSEUM_WALK_COUNT } from '../../build/rows/tables';
import { rowOf } from '../abi/row';
import {
  absolute,
  aligned,
  check,
  data,
  first,
  header,
  lengthAt,
  lengthSize,
  levelAt,
  more,
  need,
  neverBack,
  nextWhole,
  prepareWalk,
  room,
  short,
  step,
  typeAt,
  unit,
  width,
} from '../dialect/prepared';
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

/** What walks are made of on an ABI, of two of them. */
const PREPARED: usize = 128;
const BOTH: usize = memory.data(256, 8);

/** Whether two walks have the same switches and numbers on an ABI, under whichever names. */
export function areSameWalks(abi: i32, one: i32, two: i32): bool {
  const row = rowOf(abi);
  prepareWalk(row, walkRow(one));
  storePrepared(BOTH);
  prepareWalk(row, walkRow(two));
  storePrepared(BOTH + PREPARED);
  return memory.compare(BOTH, BOTH + PREPARED, PREPARED) == 0;
}

/** All that a row decides of a walk (dialect/prepared.ts). */
function storePrepared(at: usize): void {
  store<u64>(at, header);
  store<u64>(at, aligned, 8);
  store<u64>(at, data, 16);
  store<u64>(at, unit, 24);
  store<u64>(at, need, 32);
  store<u64>(at, width, 40);
  store<u64>(at, <u64>lengthAt, 48);
  store<u64>(at, <u64>levelAt, 56);
  store<u64>(at, <u64>typeAt, 64);
  store<u32>(at, lengthSize, 72);
  store<u8>(at, first, 76);
  store<u8>(at, check, 77);
  store<u8>(at, step, 78);
  store<u8>(at, room, 79);
  store<u8>(at, <u8>short, 80);
  store<u8>(at, <u8>more, 81);
  store<u8>(at, <u8>absolute, 82);
  store<u8>(at, <u8>neverBack, 83);
  store<u8>(at, <u8>nextWhole, 84);
}
