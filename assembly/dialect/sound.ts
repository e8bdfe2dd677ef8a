// Sound messages, padded ones that lie inside: nothing wraps, and all walks but a few go from one to the next alike. They
// are most of all messages, and are walked here with what does not change at hand.

import { loadUint } from '../base/scalar';
import {
  absolute,
  aligned,
  big,
  data,
  lengthAt,
  lengthSize,
  levelAt,
  more,
  plain,
  start,
  typeAt,
  unit,
} from './prepared';

/** Bytes of a header at `out` (walk.ts). */
export const HEADER: usize = 20;

/** How many sound messages there are at the start, where the last one is, and its cmsg_len. */
export let soundCount: u32;
export let soundLast: u32;
export let soundLength: u32;

/** Writes a header. */
export function putHeader(out: usize, at: u32, level: i32, type: i32, length: u64): void {
  store<u32>(out, at);
  store<i32>(out, level, 4);
  store<i32>(out, type, 8);
  store<u64>(out, length, 12);
}

/**
 * Hands out the sound messages from the start on, and says whether nothing is behind them. What is there otherwise is
 * for next.ts and check.ts to say.
 */
export function walkSound(control: usize, size: u32, skip: u32, most: u32, out: usize): bool {
  soundCount = 0;
  if (!plain || (absolute && (start & (unit - 1)) != 0)) return false;
  // No walk asks for more than a header, rounded up, and one byte.
  const room = <u32>aligned + (more ? 1 : 0);
  const least = max<u64>(aligned, data);
  const over = <u32>unit - 1;
  const bytes = lengthSize;
  const swapped = big;
  const lengths = control + lengthAt;
  const levels = control + levelAt;
  const types = control + typeAt;
  let count: u32 = 0;
  let at: u32 = 0;
  let last: u32 = 0;
  let lastLength: u32 = 0;
  let left = size;
  while (left >= room) {
    const length = loadUint(lengths + at, bytes, swapped);
    if (length < least || length > <u64>left) break;
    const step = (<u32>length + over) & ~over;
    if (step > left) break;
    if (count - skip < most) {
      const level = <i32>loadUint(levels + at, 4, swapped);
      putHeader(out + <usize>(count - skip) * HEADER, at, level, <i32>loadUint(types + at, 4, swapped), length);
    }
    count++;
    last = at;
    lastLength = <u32>length;
    at += step;
    left -= step;
  }
  soundCount = count;
  soundLast = last;
  soundLength = lastLength;
  return left == 0 && count > 0;
}
