// A walk (what CMSG_FIRSTHDR and CMSG_NXTHDR of one implementation do) is a row of switches: 16 bytes of numbers.
// The first header is handed out when it is wholly inside controllen, by all of them.
//
//    0  id            u32, address of a text (base/text.ts)
//    4  summary       u32, text
//    8  source        u32, text: where the rule can be read
//   12  rejectShort   u8, 1 = a cmsg_len below sizeof(struct cmsghdr) ends the walk
//   13  need          u8, NEED_*: how much of the next header must fit
//   14  room          u8, ROOM_*: how that is measured, which decides what can wrap
//   15  nextWhole     u8, 1 = the next message, rounded up, must fit as well (it is read before deciding)

import { textAddress } from '../base/text';

const ROW: usize = 16;
const CAPACITY: i32 = 64;
const TABLE: usize = memory.data(1024);
let count: i32 = 0;

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
  rejectShort: bool,
  need: u8,
  room: u8,
  nextWhole: bool,
  summary: string,
  source: string,
): void {
  if (count == CAPACITY) unreachable();
  const row = dialectRow(count++);
  store<u32>(row, textAddress(id), 0);
  store<u32>(row, textAddress(summary), 4);
  store<u32>(row, textAddress(source), 8);
  store<u8>(row, <u8>rejectShort, 12);
  store<u8>(row, need, 13);
  store<u8>(row, room, 14);
  store<u8>(row, <u8>nextWhole, 15);
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

export function rejectsShort(row: usize): bool {
  return load<u8>(row, 12) != 0;
}

export function needOf(row: usize): u8 {
  return load<u8>(row, 13);
}

export function roomOf(row: usize): u8 {
  return load<u8>(row, 14);
}

export function wantsNextWhole(row: usize): bool {
  return load<u8>(row, 15) != 0;
}
