// An input changed in place, by what it is made of (structure.ts) or by its bytes (bytes.ts).

import { mutateBytes } from './bytes';
import { mutateStructure } from './structure';
import { random } from './random';

/** Changes the `size` bytes at `at` once or some times, and returns how many there are then. */
export function mutateInput(at: usize, size: u32): u32 {
  let dice = random();
  // One, two, three or four, each half as often.
  let times = 1 + min<i32>(<i32>ctz<u64>(dice | 8), 3);
  dice >>= 8;
  for (; times > 0; times--) {
    size = (dice & 3) != 0 ? mutateStructure(at, size) : mutateBytes(at, size);
    dice >>= 2;
  }
  return size;
}
