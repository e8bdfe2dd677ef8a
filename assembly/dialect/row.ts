// A walk is a row of switches, packed from assembly/rows/walks.json (scripts/rows/walks.mjs has the drawing and gives
// the numbers their words). It is what the source of an implementation says, compiled for an ABI: structs, unit and
// widths are the ABI's, but for what the row brings itself.

import { WALKS, WALK_COUNT } from '../../build/rows/tables';
import { nameAt } from '../base/text';

/** Bytes of a row. */
export const WALK_SIZE: usize = 14;

// Which first header is handed out.
/** The one at 0, if it lies wholly inside controllen. */
export const FIRST_HEADER: u8 = 0;
/** ... if it does when rounded up to the unit. */
export const FIRST_ALIGNED: u8 = 1;
/** ... whatever controllen is. */
export const FIRST_ALWAYS: u8 = 2;
/** ... if there is a byte. */
export const FIRST_ANY: u8 = 3;

// What becomes of a header before it is used (check.ts).
export const CHECK_NONE: u8 = 0;
/** The message must lie inside: the kernel, EINVAL. */
export const CHECK_INSIDE: u8 = 1;
/** Go: as well, for all messages or none; what is cut out between header and cmsg_len must not end before it begins. */
export const CHECK_SLICE: u8 = 2;
/** CPython: the header and its gap must fit, the payload is clipped. */
export const CHECK_CLIP: u8 = 3;
/** Falco: one of type SCM_RIGHTS must lie inside and hold whole descriptors, not too many. */
export const CHECK_RIGHTS: u8 = 4;
/** qemu-user: there must be room in the copy for the host. */
export const CHECK_HOST: u8 = 5;

// How much of the next header must fit.
/** sizeof(struct cmsghdr) bytes. */
export const NEED_HEADER: u8 = 0;
/** ... and one byte more. */
export const NEED_MORE: u8 = 1;
/** ... rounded up to the unit. */
export const NEED_ALIGNED: u8 = 2;
/** One byte. */
export const NEED_BYTE: u8 = 3;

// How that is measured, which decides what can wrap.
/** By subtraction from the bytes left: nothing can wrap. */
export const ROOM_LEFT: u8 = 0;
/** Rounded length + need against the bytes left: the sum can wrap. */
export const ROOM_SUM: u8 = 1;
/** ... as signed numbers. */
export const ROOM_SIGNED: u8 = 2;
/** ... against what is left counted in struct msghdr. */
export const ROOM_ELEMENTS: u8 = 3;
/** Address of the next header + need against the end of the buffer: the address can wrap. */
export const ROOM_ADDRESS: u8 = 4;
/** ... where need is added before the address is rounded up. */
export const ROOM_BEFORE: u8 = 5;
/** Address of the next header + need - start, unsigned, against controllen: an address below the start is huge. */
export const ROOM_OFFSET: u8 = 6;
/** As a sum in 64 bits, whatever an address has: it cannot wrap. */
export const ROOM_WIDE: u8 = 7;

// In how many bits a length is rounded up.
/** Those of a pointer. */
export const WIDTH_WORD: u8 = 0;
/** Those of cmsg_len. */
export const WIDTH_LENGTH: u8 = 1;
/** 32, the rest of the length is lost. */
export const WIDTH_32: u8 = 2;

// How far the next header is.
/** cmsg_len, rounded up. */
export const STEP_LENGTH: u8 = 0;
/** CMSG_SPACE of the payload; a cmsg_len below the header is one without. */
export const STEP_PAYLOAD: u8 = 1;
/** As many headers as the rounded cmsg_len is bytes. */
export const STEP_ELEMENTS: u8 = 2;

/** How many walks there are. */
export function dialectCount(): i32 {
  return WALK_COUNT;
}

/** The row of number `dialect`, which must be below dialectCount(). */
export function dialectRow(dialect: i32): usize {
  return WALKS + <usize>dialect * WALK_SIZE;
}

/** The id of a walk. */
export function dialectText(dialect: i32): usize {
  return nameAt(dialectRow(dialect));
}

/** Whether it has a layout of its own on every ABI: that of 32-bit Linux, in the ABI's byte order. */
export function isCompat(row: usize): bool {
  return load<u8>(row, 2) != 0;
}

export function firstOf(row: usize): u8 {
  return load<u8>(row, 3);
}

/** Whether a cmsg_len below sizeof(struct cmsghdr) is the end. */
export function rejectsShort(row: usize): bool {
  return load<u8>(row, 4) != 0;
}

export function checkOf(row: usize): u8 {
  return load<u8>(row, 5);
}

export function stepOf(row: usize): u8 {
  return load<u8>(row, 6);
}

export function needOf(row: usize): u8 {
  return load<u8>(row, 7);
}

export function roomOf(row: usize): u8 {
  return load<u8>(row, 8);
}

export function widthOf(row: usize): u8 {
  return load<u8>(row, 9);
}

/** What it rounds to on every ABI; 0: the ABI's unit. */
export function ownUnitOf(row: usize): u8 {
  return load<u8>(row, 10);
}

/** Whether the address is rounded up and not the length. */
export function isAbsolute(row: usize): bool {
  return load<u8>(row, 11) != 0;
}

/** Whether an address before the current header is the end. */
export function isNeverBack(row: usize): bool {
  return load<u8>(row, 12) != 0;
}

/** Whether the next message, rounded up, must fit as well: it is read before deciding. */
export function wantsNextWhole(row: usize): bool {
  return load<u8>(row, 13) != 0;
}
