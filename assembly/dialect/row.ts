// A walk (what CMSG_FIRSTHDR and CMSG_NXTHDR of one implementation do) is a row of switches, packed from walks.json
// (scripts/rows/walks.mjs has the drawing). The first header is handed out when it is wholly inside controllen, by all.

import { WALKS, WALK_COUNT } from '../../build/rows/tables';
import { nameAt } from '../base/text';

const ROW: usize = 6;

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

/** How many walks there are. */
export function dialectCount(): i32 {
  return WALK_COUNT;
}

/** The row of number `dialect`, which must be below dialectCount(). */
export function dialectRow(dialect: i32): usize {
  return WALKS + <usize>dialect * ROW;
}

/** The id of a walk. */
export function dialectText(dialect: i32): usize {
  return nameAt(dialectRow(dialect));
}

export function rejectsShort(row: usize): bool {
  return load<u8>(row, 2) != 0;
}

export function needOf(row: usize): u8 {
  return load<u8>(row, 3);
}

export function roomOf(row: usize): u8 {
  return load<u8>(row, 4);
}

export function wantsNextWhole(row: usize): bool {
  return load<u8>(row, 5) != 0;
}
