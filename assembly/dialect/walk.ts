// CMSG_FIRSTHDR and CMSG_NXTHDR as a caller in a C program sees them.
//
// C compares addresses, so what a huge cmsg_len does depends on where the control buffer lies. It is placed where
// programs have theirs: at 0x7ffd00000000 with 64-bit pointers (the stack of main()), at 0x40000000 with 32-bit ones
// (TASK_SIZE / 3, where mappings begin; the lower half, as for every static or allocated buffer). The bytes themselves
// are read at `control` in linear memory and never outside [0, controllen).

import { alignUp } from '../base/align';
import { loadField } from '../abi/field';
import { CMSGHDR, CMSG_LEN, CMSG_LEVEL, CMSG_TYPE, rowOf, sizeOf, unitOf, wordOf } from '../abi/row';
import {
  NEED_ALIGNED,
  NEED_MORE,
  ROOM_LEFT,
  ROOM_OFFSET,
  ROOM_SUM,
  dialectRow,
  needOf,
  rejectsShort,
  roomOf,
  wantsNextWhole,
} from './row';

// Outcomes of one step.
/** A header wholly inside the buffer and behind the current one. */
export const WALK_HEADER: i32 = 0;
/** NULL. */
export const WALK_END: i32 = 1;
/** The current header again. */
export const WALK_LOOP: i32 = 2;
/** An earlier header, inside the buffer. */
export const WALK_BACK: i32 = 3;
/** A header that is not wholly inside the buffer. */
export const WALK_ESCAPE: i32 = 4;

const NULL: i64 = i64.MIN_VALUE;
const START_64: u64 = 0x7ffd_0000_0000;
const START_32: u64 = 0x4000_0000;

/**
 * One step of a walk: from the header at offset `at` (or -1: before the first) to what the caller is handed next.
 * Returns a WALK_ code and writes at `out`, little endian:
 *
 *    0  i64  offset of that header, signed (nothing for WALK_END)
 *    8  u64  cmsg_len
 *   16  i32  cmsg_level
 *   20  i32  cmsg_type        (the last three for WALK_HEADER only)
 */
export function walkStep(abi: i32, dialect: i32, control: usize, controllen: u32, at: i32, out: usize): i32 {
  const row = rowOf(abi);
  const rule = dialectRow(dialect);
  const header: u64 = sizeOf(row, CMSGHDR);
  const next = at < 0 ? firstHeader(header, controllen) : nextHeader(row, rule, control, controllen, at);
  if (next == NULL) return WALK_END;
  store<i64>(out, next);
  if (next < 0 || <u64>next + header > <u64>controllen) return WALK_ESCAPE;
  if (next == <i64>at) return WALK_LOOP;
  if (next < <i64>at) return WALK_BACK;
  const cmsg = control + <usize>next;
  store<u64>(out, loadField(row, cmsg, CMSGHDR, CMSG_LEN), 8);
  store<i32>(out, <i32>loadField(row, cmsg, CMSGHDR, CMSG_LEVEL), 16);
  store<i32>(out, <i32>loadField(row, cmsg, CMSGHDR, CMSG_TYPE), 20);
  return WALK_HEADER;
}

function firstHeader(header: u64, controllen: u32): i64 {
  return controllen >= header ? 0 : NULL;
}

/** The signed offset of the header after the one at `at`, or NULL. */
function nextHeader(row: usize, rule: usize, control: usize, controllen: u32, at: u32): i64 {
  const header: u64 = sizeOf(row, CMSGHDR);
  const unit = unitOf(row);
  const length = loadField(row, control + at, CMSGHDR, CMSG_LEN);
  if (rejectsShort(rule) && length < header) return NULL;

  const wide = wordOf(row) == 8;
  const mask: u64 = wide ? u64.MAX_VALUE : 0xffff_ffff;
  const start: u64 = wide ? START_64 : START_32;
  const end: u64 = start + controllen;
  const left: u64 = controllen - at;
  const step = alignUp(length, unit) & mask;
  const address = (start + at + step) & mask;
  const offset = wide ? <i64>(address - start) : <i64>address - <i64>start;

  let need = header;
  if (needOf(rule) == NEED_MORE) need = header + 1;
  else if (needOf(rule) == NEED_ALIGNED) need = alignUp(header, unit);

  const room = roomOf(rule);
  if (room == ROOM_LEFT) {
    const pad = (0 - length) & (unit - 1);
    if (left < need + pad || left - need - pad < length) return NULL;
  } else if (room == ROOM_SUM) {
    if (((step + need) & mask) > left) return NULL;
  } else if (room == ROOM_OFFSET) {
    if (((address + need - start) & mask) > <u64>controllen) return NULL;
  } else {
    if (((address + need) & mask) > end) return NULL;
  }

  if (wantsNextWhole(rule)) {
    // Outside the buffer (an address that wrapped) the C code would read foreign memory here: the walk has escaped.
    if (offset < 0 || <u64>offset + header > <u64>controllen) return offset;
    const nextLength = loadField(row, control + <usize>offset, CMSGHDR, CMSG_LEN);
    if (((address + (alignUp(nextLength, unit) & mask)) & mask) > end) return NULL;
  }
  return offset;
}
