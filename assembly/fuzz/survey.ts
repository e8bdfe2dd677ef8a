// Many control buffers in one call: how often each is parsed and walked how. Three loops give the same counts: one for
// walks that hand out what a strict reader takes, one for those that measure by simple sums, one for all others.

import { loadUint } from '../base/scalar';
import { CMSGHDR, rowOf, sizeOf, unitOf } from '../abi/row';
import { PARSE_END, PARSE_MESSAGE, readMessage } from '../codec/parse';
import {
  big,
  data,
  header,
  isEven,
  isLikeParser,
  lengthAt,
  lengthSize,
  more,
  need,
  nextWhole,
  prepareBuffer,
  prepareWalk,
  short,
  unit,
} from '../dialect/prepared';
import { dialectRow } from '../dialect/row';
import { WALK_END, WALK_LOOP, walkBuffer, walkOn } from '../dialect/walk';

/** Beyond it sums may wrap. */
const HUGE: u64 = 0x3fff_ffff;
/** What readMessage and walkOn write. */
const SCRATCH: usize = memory.data(32);

// Where the counts are.
const MESSAGES: usize = 0;
const MALFORMED: usize = 4;
const HEADERS: usize = 8;
const ENDS: usize = 12;

/**
 * Parses and walks `count` buffers, `stride` bytes apart from `buffers` on, the number of bytes of each a u32 at `sizes`,
 * at most `stride`. Adds to the counts at `out`, 8 x u32: messages of a strict reader, buffers that it found malformed,
 * headers that the walk handed out, and walks by how they ended (WALK_...).
 */
export function surveyBuffers(
  abi: i32,
  dialect: i32,
  buffers: usize,
  stride: u32,
  sizes: usize,
  count: u32,
  out: usize,
): void {
  const row = rowOf(abi);
  prepareWalk(row, dialectRow(dialect));
  // A walk may bring a layout of its own, and then goes over other messages than the reader.
  const isShared = header == <u64>sizeOf(row, CMSGHDR) && unit == unitOf(row);
  if (!isShared || !isLikeParser()) {
    if (isShared && isEven()) surveyEvenly(buffers, stride, sizes, count, out);
    else surveyExactly(abi, buffers, stride, sizes, count, out);
  } else if (lengthSize == 8 && !big) surveyAlike(8, false, 16, 8, 0, buffers, stride, sizes, count, out);
  else surveyAlike(lengthSize, big, <u32>header, <u32>unit, lengthAt, buffers, stride, sizes, count, out);
}

function add(out: usize, count: u32): void {
  store<u32>(out, load<u32>(out) + count);
}

/** Where the walk hands out what the reader takes, all in one loop. Inlined: a layout that is constant is at hand. */
// @ts-ignore: decorator
@inline
function surveyAlike(
  bytes: u32,
  swapped: bool,
  least: u32,
  align: u32,
  lengthOffset: usize,
  buffers: usize,
  stride: u32,
  sizes: usize,
  count: u32,
  out: usize,
): void {
  let messages: u32 = 0;
  let malformed: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    let left = load<u32>(sizes + (<usize>i << 2));
    let length = buffers + <usize>i * stride + lengthOffset;
    while (left >= least) {
      const value = loadUint(length, bytes, swapped);
      if (value - least > <u64>(left - least)) {
        malformed++;
        break;
      }
      messages++;
      const step = (<u32>value + align - 1) & ~(align - 1);
      if (step >= left) break;
      length += step;
      left -= step;
    }
  }
  add(out + MESSAGES, messages);
  add(out + MALFORMED, malformed);
  // A malformed message is the last header that such a walk hands out.
  add(out + HEADERS, messages + malformed);
  add(out + ENDS + (<usize>WALK_END << 2), count);
}

/** Where a walk goes evenly while lengths are not huge; those are for the exact one. */
function surveyEvenly(buffers: usize, stride: u32, sizes: usize, count: u32, out: usize): void {
  const least = <u32>header;
  const gap: u64 = data;
  const room = <u32>need + (more ? 1 : 0);
  const over = <u32>unit - 1;
  const bytes = lengthSize;
  const swapped = big;
  const endsShort = short;
  const wantsWhole = nextWhole;
  let messages: u32 = 0;
  let malformed: u32 = 0;
  let headers: u32 = 0;
  let ended: u32 = 0;
  let looped: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const size = load<u32>(sizes + (<usize>i << 2));
    const control = buffers + <usize>i * stride;
    const lengths = control + lengthAt;
    let at: u32 = 0;
    let left = size;
    while (left >= least) {
      const length = loadUint(lengths + at, bytes, swapped);
      if (length < gap || length > <u64>left) {
        malformed++;
        break;
      }
      messages++;
      const step = (<u32>length + over) & ~over;
      if (step >= left) break;
      at += step;
      left -= step;
    }
    if (size < least) {
      ended++;
      continue;
    }
    at = 0;
    let visited: u32 = 0;
    while (true) {
      const length = loadUint(lengths + at, bytes, swapped);
      if (length > HUGE) {
        visited = surveyExact(control, size, out);
        break;
      }
      visited++;
      if (endsShort && length < least) {
        ended++;
        break;
      }
      const step = (<u32>length + over) & ~over;
      if (at + step + room > size) {
        ended++;
        break;
      }
      if (step == 0) {
        looped++;
        break;
      }
      at += step;
      if (wantsWhole) {
        const following = loadUint(lengths + at, bytes, swapped);
        if (following > HUGE) {
          visited = surveyExact(control, size, out);
          break;
        }
        if (at + ((<u32>following + over) & ~over) > size) {
          ended++;
          break;
        }
      }
    }
    headers += visited;
  }
  add(out + MESSAGES, messages);
  add(out + MALFORMED, malformed);
  add(out + HEADERS, headers);
  add(out + ENDS + (<usize>WALK_END << 2), ended);
  add(out + ENDS + (<usize>WALK_LOOP << 2), looped);
}

/** Counts how the walk of a buffer ends; returns how many headers it hands out. */
function surveyExact(control: usize, size: u32, out: usize): u32 {
  prepareBuffer(control, size, 0);
  const end = walkOn(0, 0, 0, false, 0, 0, SCRATCH);
  add(out + ENDS + (<usize>end << 2), 1);
  return load<u32>(SCRATCH, 12);
}

/** Where an implementation goes a way of its own. */
function surveyExactly(abi: i32, buffers: usize, stride: u32, sizes: usize, count: u32, out: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const control = buffers + <usize>i * stride;
    const size = load<u32>(sizes + (<usize>i << 2));
    parseWhole(abi, control, size, out);
    const end = walkBuffer(control, size, 0, 0, 0, SCRATCH);
    add(out + HEADERS, load<u32>(SCRATCH, 12));
    add(out + ENDS + (<usize>end << 2), 1);
  }
}

/** What a strict reader finds. */
function parseWhole(abi: i32, control: usize, size: u32, out: usize): void {
  let at: u32 = 0;
  let status = readMessage(abi, control, size, at, SCRATCH);
  while (status == PARSE_MESSAGE) {
    add(out + MESSAGES, 1);
    at = load<u32>(SCRATCH, 24);
    status = readMessage(abi, control, size, at, SCRATCH);
  }
  if (status != PARSE_END) add(out + MALFORMED, 1);
}
