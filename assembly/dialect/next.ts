// CMSG_FIRSTHDR and CMSG_NXTHDR: which header comes first, and which after another.

import { alignUp } from '../base/align';
import {
  absolute,
  aligned,
  controllen,
  data,
  end,
  first,
  header,
  isInside,
  loadLength,
  more,
  msghdr,
  need,
  neverBack,
  nextWhole,
  room,
  short,
  start,
  step,
  unit,
  wide,
  width,
  word,
} from './prepared';
import {
  FIRST_ALIGNED,
  FIRST_ALWAYS,
  FIRST_ANY,
  ROOM_BEFORE,
  ROOM_ELEMENTS,
  ROOM_LEFT,
  ROOM_OFFSET,
  ROOM_SIGNED,
  ROOM_SUM,
  ROOM_WIDE,
  STEP_ELEMENTS,
  STEP_PAYLOAD,
} from './row';

/** Where the header is that was found last: its signed offset. */
export let next: i64;

/** Whether there is a first header; it is at 0. */
export function findFirst(): bool {
  next = 0;
  if (first == FIRST_ALWAYS) return true;
  const least: u64 = first == FIRST_ALIGNED ? aligned : first == FIRST_ANY ? 1 : header;
  return controllen >= least;
}

/** Whether there is a header after the one at `at`, whose cmsg_len is `length`. */
export function findNext(at: u64, length: u64): bool {
  if (short && length < header) return false;
  const rounded = roundLength(length);
  const from = start + at;
  const address = (absolute ? alignUp(from + length, unit) : from + distance(length, rounded)) & word;
  if (neverBack && address < from) return false;
  if (!hasRoom(at, length, rounded, address)) return false;
  next = wide ? <i64>(address - start) : <i64>address - <i64>start;
  // Address 0 is NULL, whatever it comes from.
  if (!nextWhole) return address != 0;
  // Outside the buffer (an address that wrapped) the C code would read foreign memory here: the walk has escaped.
  return !isInside(next) || ((address + roundLength(loadLength(<u64>next))) & word) <= end;
}

function roundLength(length: u64): u64 {
  return alignUp(length & width, unit) & width;
}

/** Bytes from one header to the next. */
function distance(length: u64, rounded: u64): u64 {
  if (step == STEP_PAYLOAD) return aligned + (length < header ? 0 : roundLength(length - data));
  return step == STEP_ELEMENTS ? rounded * header : rounded;
}

/** Whether the next header, at `address`, fits. */
function hasRoom(at: u64, length: u64, rounded: u64, address: u64): bool {
  const left = controllen - at;
  switch (room) {
    case ROOM_LEFT: {
      const pad = (0 - length) & (unit - 1);
      return left >= need + pad && isWithin(length, left - need - pad);
    }
    case ROOM_SUM:
      return isWithin((rounded + need) & word, left);
    case ROOM_SIGNED: {
      const sum = rounded + need;
      return (wide ? <i64>sum : <i64>(<i32>sum)) <= <i64>left;
    }
    case ROOM_WIDE:
      return isWithin(rounded + need, left);
    case ROOM_ELEMENTS:
      return isWithin((rounded + need) & word, left / msghdr);
    case ROOM_BEFORE:
      return isWithin(alignUp(start + at + length + need, unit) & word, end);
    case ROOM_OFFSET:
      return isWithin((address + need - start) & word, controllen);
    default:
      return isWithin((address + need) & word, end);
  }
}

/** At most `limit`, or below it where one byte more must fit. */
function isWithin(sum: u64, limit: u64): bool {
  return more ? sum < limit : sum <= limit;
}
