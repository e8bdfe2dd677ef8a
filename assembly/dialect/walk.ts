// A whole walk in one call: what a caller of CMSG_FIRSTHDR and CMSG_NXTHDR is handed, or what the loop of an
// implementation uses, and how it ends. It ends always: a header that is not behind the one before is an end.

import { rowOf } from '../abi/row';
import { CLIPPED, EINVAL, SOUND, checkHeader, hostGoesOn, resetHost } from './check';
import { findFirst, findNext, next } from './next';
import { check, header, isInside, loadLength, loadLevel, loadType, prepareBuffer, prepareWalk } from './prepared';
import { HEADER, putHeader, soundCount, soundLast, soundLength, walkSound } from './sound';
import { CHECK_INSIDE, CHECK_SLICE, dialectRow } from './row';

// How a walk ends.
/** NULL. */
export const WALK_END: i32 = 0;
/** The same header again. */
export const WALK_LOOP: i32 = 1;
/** An earlier header, inside the buffer. */
export const WALK_BACK: i32 = 2;
/** A header that is not wholly inside the buffer. */
export const WALK_ESCAPE: i32 = 3;
/** The implementation refuses a header, or what it says of its message. */
export const WALK_REJECT: i32 = 4;

/** Bytes before the headers at `out`. */
const HEADERS: usize = 16;

/**
 * Walks `size` bytes at `control`, which the program has at `address` (0: where programs have theirs; address + size
 * must be below 2^32 or 2^64, by the ABI's pointers). Returns a WALK_ code and writes at `out`, little endian:
 *
 *    0  i64  offset of the header that ended the walk, signed; for WALK_END of the last one visited, or 0
 *    8  i32  for WALK_REJECT why (check.ts), otherwise 0
 *   12  u32  how many headers were handed out
 *   16  those from number `skip` on, `most` at most, of 20 bytes each:
 *       0  u32  offset
 *       4  i32  cmsg_level
 *       8  i32  cmsg_type
 *      12  u64  cmsg_len
 *
 * Headers before one that is rejected were handed out, except by Go, whose error takes all back.
 */
export function walkAll(
  abi: i32,
  dialect: i32,
  control: usize,
  size: u32,
  address: f64,
  skip: u32,
  most: u32,
  out: usize,
): i32 {
  prepareWalk(rowOf(abi), dialectRow(dialect));
  return walkBuffer(control, size, <u64>address, skip, most, out);
}

/** The same for the ABI and the walk that were prepared last. */
export function walkBuffer(control: usize, size: u32, address: u64, skip: u32, most: u32, out: usize): i32 {
  prepareBuffer(control, size, address);
  const isDone = walkSound(control, size, skip, most, out + HEADERS);
  return walkOn(soundCount, soundLast, soundLength, isDone, skip, most, out);
}

/**
 * The same for a buffer of which `sound` messages were walked, the last at `lastAt` with `lastLength`; `isDone` if
 * nothing is behind them.
 */
export function walkOn(
  sound: u32,
  lastAt: u32,
  lastLength: u32,
  isDone: bool,
  skip: u32,
  most: u32,
  out: usize,
): i32 {
  let count = sound;
  let last: i64 = count > 0 ? <i64>lastAt : -1;
  let outcome = WALK_END;
  let reason = SOUND;
  let found = false;
  if (count > 0) {
    found = !isDone && findNext(lastAt, lastLength);
  } else if (header > 0) {
    // An ABI without control messages has no header to find.
    resetHost();
    found = findFirst();
  }
  while (found) {
    if (!isInside(next)) {
      // The kernel looks at what is left as well.
      reason = check == CHECK_INSIDE ? EINVAL : SOUND;
      outcome = check == CHECK_INSIDE ? WALK_REJECT : WALK_ESCAPE;
      break;
    }
    if (next <= last) {
      outcome = next == last ? WALK_LOOP : WALK_BACK;
      break;
    }
    last = next;
    const at = <u64>next;
    const length = loadLength(at);
    reason = checkHeader(at, length);
    if (reason == SOUND || reason == CLIPPED) {
      if (count - skip < most) putHeader(out + HEADERS + <usize>(count - skip) * HEADER, <u32>at, loadLevel(at), loadType(at), length);
      count++;
    }
    if (reason != SOUND) {
      outcome = WALK_REJECT;
      break;
    }
    found = hostGoesOn(length) && findNext(at, length);
  }
  if (outcome == WALK_REJECT && check == CHECK_SLICE) count = 0;
  store<i64>(out, found ? next : last < 0 ? 0 : last);
  store<i32>(out, reason, 8);
  store<u32>(out, count, 12);
  return outcome;
}
