// Where two walks of one buffer part, as a number: what is true of the last header before, what is behind it, and what
// each does then.
//
//   ((condition * 5 + left) * 9 + step of the first) * 9 + step of the second

import { WALK_REJECT } from '../dialect/walk';
import { data, header, loadLength, roundUp } from './shape';

// What a walk wrote (dialect/walk.ts).
const HEADERS: usize = 16;
const HEADER: usize = 20;
/** Bytes that a walk writes of at most `most` headers. */
export function resultSize(most: u32): u32 {
  return <u32>HEADERS + most * <u32>HEADER;
}

// Of the last header that both have.
const NO_HEADER: u32 = 0;
/** cmsg_len is below sizeof(struct cmsghdr). */
const SHORT: u32 = 1;
/** ... below CMSG_LEN(0). */
const GAP: u32 = 2;
/** ... CMSG_LEN(0). */
const EMPTY: u32 = 3;
/** It lies inside with its padding, */
const PADDED: u32 = 4;
/** or without. */
const UNPADDED: u32 = 5;
/** It is longer than what is left, */
const OVERRUN: u32 = 6;
/** or is no size at all: sums with it, or its rounding, can wrap. */
const HUGE: u32 = 7;
const HUGE_LEAST: u64 = 0x8000_0000;

// What is behind that message, of one that lies inside.
const NOTHING: u32 = 0;
const LESS: u32 = 1;
const ONE_HEADER: u32 = 2;
const MORE: u32 = 3;
/** All bytes that are left are zero. */
const ZEROS: u32 = 4;

/** A further header, which the other one has not. 1 to 4 are the WALK_ codes, 0 the end, from 5 on rejections by reason. */
const NEXT: u32 = 8;

function offsetOf(result: usize, index: u32): u32 {
  return load<u32>(result + HEADERS + <usize>index * HEADER);
}

// Of a walk those headers are there that it wrote: `most` from number `skip` on, of which the first is common to both unless
// `skip` is 0.

function countWritten(result: usize, skip: u32, most: u32): u32 {
  const count = load<u32>(result, 12);
  return count <= skip ? 0 : min<u32>(count - skip, most);
}

/** How many of the headers written are the same ones. */
function countCommon(one: usize, two: usize, skip: u32, most: u32): u32 {
  const limit = min<u32>(countWritten(one, skip, most), countWritten(two, skip, most));
  let same: u32 = 0;
  while (same < limit && offsetOf(one, same) == offsetOf(two, same)) same++;
  return same;
}

/** Whether two walks ended alike and did the same in what was written of them. */
export function isAlike(oneEnd: i32, one: usize, twoEnd: i32, two: usize, skip: u32, most: u32): bool {
  if (oneEnd != twoEnd) return false;
  if (load<i64>(one) != load<i64>(two) || load<u64>(one, 8) != load<u64>(two, 8)) return false;
  const written = countWritten(one, skip, most);
  return countCommon(one, two, skip, most) == written;
}

/** Whether two walks that are not alike part within what was written of them, and not behind it. */
export function isParted(one: usize, two: usize, skip: u32, most: u32): bool {
  return countCommon(one, two, skip, most) < most;
}

function stepOf(end: i32, result: usize, common: u32): u32 {
  if (load<u32>(result, 12) > common) return NEXT;
  return end == WALK_REJECT ? 3 + load<u32>(result, 8) : <u32>end;
}

/** What is true of the header at `place`, which lies inside. */
function conditionOf(control: usize, size: u32, place: u32): u32 {
  const length = loadLength(control + place);
  const left = size - place;
  if (length < header) return SHORT;
  if (length < data) return GAP;
  if (length >= HUGE_LEAST) return HUGE;
  if (length > left) return OVERRUN;
  if (roundUp(<u32>length) > left) return UNPADDED;
  return length == data ? EMPTY : PADDED;
}

/** What lies from `place` on. */
function leftOf(control: usize, size: u32, place: u32): u32 {
  if (place >= size) return NOTHING;
  let i = place;
  while (i < size && load<u8>(control + i) == 0) i++;
  if (i == size) return ZEROS;
  const left = size - place;
  return left < header ? LESS : left == header ? ONE_HEADER : MORE;
}

/** The class of two walks that are not alike. */
export function classify(
  control: usize,
  size: u32,
  oneEnd: i32,
  one: usize,
  twoEnd: i32,
  two: usize,
  skip: u32,
  most: u32,
): u32 {
  const common = countCommon(one, two, skip, most);
  const first = stepOf(oneEnd, one, skip + common);
  const second = stepOf(twoEnd, two, skip + common);
  // Who refuses a header has looked at that one, and not only at the one before.
  let place: i64 = common > 0 ? <i64>offsetOf(one, common - 1) : -1;
  if (isRejection(first)) place = load<i64>(one);
  else if (isRejection(second)) place = load<i64>(two);
  let condition = NO_HEADER;
  let left = NOTHING;
  if (place < 0) left = leftOf(control, size, 0);
  else if (<u64>place + header > <u64>size) left = leftOf(control, size, <u32>min<i64>(place, size));
  else {
    condition = conditionOf(control, size, <u32>place);
    if (condition == EMPTY || condition == PADDED) {
      left = leftOf(control, size, <u32>place + roundUp(<u32>loadLength(control + <usize>place)));
    }
  }
  return ((condition * 5 + left) * 9 + first) * 9 + second;
}

function isRejection(step: u32): bool {
  return step >= 4 && step != NEXT;
}
