// Every walk over hostile bytes.

import { rowOf } from '../../abi/row';
import { header, prepareWalk } from '../../dialect/prepared';
import { WALK_BACK, WALK_END, WALK_ESCAPE, WALK_LOOP, WALK_REJECT, walkBuffer } from '../../dialect/walk';
import { results } from '../space';
import { walkCount, walkRow } from '../walks';
import { SOUND, WALK_BEYOND, WALK_OUTCOME, WALK_OUTSIDE } from './classes';
import { mixHash, placeBetween, placeFlush } from './places';

/** Headers that are looked at. */
const MOST: u32 = 512;
let hash: u64;

/** The promise of walks that the input breaks. */
export function checkWalks(abi: i32, input: usize, size: u32): u32 {
  const flushed = placeFlush(input, size);
  const between = placeBetween(input, size, 0xff);
  for (let walk = 0; walk < walkCount(); walk++) {
    prepareWalk(rowOf(abi), walkRow(walk));
    let broken = walkAt(flushed, size);
    if (broken != SOUND) return broken;
    const before = hash;
    broken = walkAt(between, size);
    if (broken != SOUND) return broken;
    if (hash != before) return WALK_BEYOND;
  }
  return SOUND;
}

function walkAt(control: usize, size: u32): u32 {
  const end = walkBuffer(control, size, 0, 0, MOST, results);
  const at = load<i64>(results);
  const count = load<u32>(results, 12);
  hash = mixHash(mixHash(mixHash(<u64>end, at), load<u32>(results, 8)), count);
  if (count > size || !fits(end, at, size)) return WALK_OUTCOME;
  let least: u64 = 0;
  for (let i: u32 = 0; i < min<u32>(count, MOST); i++) {
    const place = <u64>load<u32>(results + 16 + <usize>i * 20);
    hash = mixHash(hash, place);
    if (place < least || place + header > <u64>size) return WALK_OUTSIDE;
    least = place + 1;
  }
  return SOUND;
}

/** Whether a walk of `size` bytes can end so. */
function fits(end: i32, at: i64, size: u32): bool {
  const inside = at >= 0 && <u64>at + header <= <u64>size;
  switch (end) {
    case WALK_END:
      return at == 0 || inside;
    case WALK_LOOP:
    case WALK_BACK:
      return inside;
    case WALK_ESCAPE:
      return !inside;
    default:
      return end == WALK_REJECT;
  }
}
