// A walk (what CMSG_FIRSTHDR and CMSG_NXTHDR of one implementation do) is a row of switches: 24 bytes of numbers.
//
//    0  id            u32, address of a text (base/text.ts)
//    4  summary       u32, text
//    8  source        u32, text: where the rule can be read
//   12  first         u8, FIRST_*: when the first header is handed out
//   13  rejectShort   u8, 1 = a cmsg_len below sizeof(struct cmsghdr) ends the walk
//   14  need          u8, NEED_*: how much of the next header must fit
//   15  room          u8, ROOM_*: how that is measured, which decides what can wrap
//   16  nextWhole     u8, 1 = the next message, rounded up, must fit as well (it is read before deciding)
//   17  stepBits      u8, width of the arithmetic that rounds cmsg_len: 32, or 0 = the ABI's word

import { textAddress } from '../base/text';

const ROW: usize = 24;
const CAPACITY: i32 = 64;
const TABLE: usize = memory.data(1536);
let count: i32 = 0;

/** The first header is handed out when a whole header fits into controllen. */
export const FIRST_WHOLE: u8 = 0;
/** ... whatever controllen is. */
export const FIRST_ALWAYS: u8 = 1;

/** The next header needs sizeof(struct cmsghdr) bytes. */
export const NEED_HEADER: u8 = 0;
/** ... and one byte more. */
export const NEED_MORE: u8 = 1;
/** ... rounded up to the alignment unit. */
export const NEED_ALIGNED: u8 = 2;

/** By subtraction from the bytes left: nothing can wrap. */
export const ROOM_LEFT: u8 = 0;
/** Rounded length + need against the bytes left: the sum can wrap. */
export const ROOM_SUM: u8 = 1;
/** Address of the next header + need against the end of the buffer: the address can wrap. */
export const ROOM_ADDRESS: u8 = 2;
/** Address of the next header + need - start, unsigned, against controllen: an address below the start is huge. */
export const ROOM_OFFSET: u8 = 3;

/** Appends a row. */
export function addDialect(
  id: string,
  first: u8,
  rejectShort: bool,
  need: u8,
  room: u8,
  nextWhole: bool,
  stepBits: u8,
  summary: string,
  source: string,
): void {
  if (count == CAPACITY) unreachable();
  const row = dialectRow(count++);
  store<u32>(row, textAddress(id), 0);
  store<u32>(row, textAddress(summary), 4);
  store<u32>(row, textAddress(source), 8);
  store<u8>(row, first, 12);
  store<u8>(row, <u8>rejectShort, 13);
  store<u8>(row, need, 14);
  store<u8>(row, room, 15);
  store<u8>(row, <u8>nextWhole, 16);
  store<u8>(row, stepBits, 17);
}

/** How many walks there are. */
export function dialectCount(): i32 {
  return count;
}

/** The row of number `dialect`, which must be below dialectCount(). */
export function dialectRow(dialect: i32): usize {
  return TABLE + <usize>dialect * ROW;
}

/** A text of a row: 0 id, 1 summary, 2 source. */
export function dialectText(dialect: i32, which: i32): usize {
  return load<u32>(dialectRow(dialect) + (<usize>which << 2));
}

export function firstOf(row: usize): u8 {
  return load<u8>(row, 12);
}

export function rejectsShort(row: usize): bool {
  return load<u8>(row, 13) != 0;
}

export function needOf(row: usize): u8 {
  return load<u8>(row, 14);
}

export function roomOf(row: usize): u8 {
  return load<u8>(row, 15);
}

export function wantsNextWhole(row: usize): bool {
  return load<u8>(row, 16) != 0;
}

export function stepBitsOf(row: usize): u8 {
  return load<u8>(row, 17);
}
