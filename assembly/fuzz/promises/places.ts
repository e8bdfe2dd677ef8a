// An input at places that show who looks beyond it.

import { ROOM } from '../generate';
import { around, flush } from '../space';

const EDGE: u32 = 64;

/** Copies an input to the end of the memory, where a read beyond it traps. */
export function placeFlush(input: usize, size: u32): usize {
  const at = flush + (ROOM - size);
  memory.copy(at, input, size);
  return at;
}

/** Copies it between 64 bytes of `value` on either side. */
export function placeBetween(input: usize, size: u32, value: u8): usize {
  memory.fill(around, value, EDGE);
  memory.copy(around + EDGE, input, size);
  memory.fill(around + EDGE + size, value, EDGE);
  return around + EDGE;
}

/** Takes one more number into a hash. */
export function mixHash(hash: u64, value: u64): u64 {
  return (rotl<u64>(hash, 23) ^ value) * 0x9e37_79b9_7f4a_7c15;
}
