// One ABI is one row: 64 bytes of numbers in static memory. A row number is an index into this table.
//
//    0  id            u32, address of a text (base/text.ts)
//    4  arch          u32, text
//    8  libc          u32, text
//   12  dialect       u32, text: id of the walk its libc uses
//   16  source        u32, text: what proves the row
//   20  SOL_SOCKET    i32
//   24  word          u8, bytes of a pointer: 4 or 8
//   25  big           u8, 1 = big endian
//   26  unit          u8, what CMSG_ALIGN rounds to
//   27  data          u8, offset of CMSG_DATA from its header: CMSG_LEN(0)
//   28  linux         u8, 1 = its control messages are Linux's (SCM_CREDENTIALS and the rest)
//   29  (unused)
//   30  msghdr        u8 size, u8 align, then u8 offset, u8 size of each of its 7 fields
//   46  cmsghdr       u8 size, u8 align, then 3 fields
//   54  iovec         u8 size, u8 align, then 2 fields
//   60  (unused)
//
// The three structs are kept as plain offsets and sizes, as a compiler tells them, so that codec/ needs no knowledge
// of shapes: alignment unit, data offset and header size are three independent numbers.

import { textAddress } from '../base/text';

const ROW: usize = 64;
const CAPACITY: i32 = 128;
const TABLE: usize = memory.data(8192);
let count: i32 = 0;

export const MSGHDR: u32 = 30;
export const CMSGHDR: u32 = 46;
export const IOVEC: u32 = 54;

// Field numbers within each struct, in the order of their declaration in sys/socket.h.
export const MSG_NAME: u32 = 0;
export const MSG_NAMELEN: u32 = 1;
export const MSG_IOV: u32 = 2;
export const MSG_IOVLEN: u32 = 3;
export const MSG_CONTROL: u32 = 4;
export const MSG_CONTROLLEN: u32 = 5;
export const MSG_FLAGS: u32 = 6;
export const CMSG_LEN: u32 = 0;
export const CMSG_LEVEL: u32 = 1;
export const CMSG_TYPE: u32 = 2;
export const IOV_BASE: u32 = 0;
export const IOV_LEN: u32 = 1;

/** Appends a row and returns its address; the caller then fills in the structs (abi/shape.ts). */
export function addRow(
  id: string,
  arch: string,
  libc: string,
  word: u8,
  big: bool,
  unit: u8,
  data: u8,
  solSocket: i32,
  linux: bool,
  dialect: string,
  source: string,
): usize {
  if (count == CAPACITY) unreachable();
  const row = rowOf(count++);
  store<u32>(row, textAddress(id), 0);
  store<u32>(row, textAddress(arch), 4);
  store<u32>(row, textAddress(libc), 8);
  store<u32>(row, textAddress(dialect), 12);
  store<u32>(row, textAddress(source), 16);
  store<i32>(row, solSocket, 20);
  store<u8>(row, word, 24);
  store<u8>(row, <u8>big, 25);
  store<u8>(row, unit, 26);
  store<u8>(row, data, 27);
  store<u8>(row, <u8>linux, 28);
  return row;
}

/** How many rows there are. */
export function abiCount(): i32 {
  return count;
}

/** The row of number `abi`, which must be below abiCount(). */
export function rowOf(abi: i32): usize {
  return TABLE + <usize>abi * ROW;
}

/** A text of a row: 0 id, 1 arch, 2 libc, 3 dialect, 4 source. */
export function abiText(abi: i32, which: i32): usize {
  return load<u32>(rowOf(abi) + (<usize>which << 2));
}

/** A byte of a row by its offset in the drawing above; the host reads whole layouts with it. */
export function abiByte(abi: i32, offset: i32): i32 {
  return load<u8>(rowOf(abi) + offset);
}

export function solSocketOf(row: usize): i32 {
  return load<i32>(row, 20);
}

export function wordOf(row: usize): u32 {
  return load<u8>(row, 24);
}

export function isBig(row: usize): bool {
  return load<u8>(row, 25) != 0;
}

export function unitOf(row: usize): u64 {
  return load<u8>(row, 26);
}

export function dataOffsetOf(row: usize): u32 {
  return load<u8>(row, 27);
}

export function isLinux(row: usize): bool {
  return load<u8>(row, 28) != 0;
}

/** sizeof the struct (MSGHDR, CMSGHDR or IOVEC). */
export function sizeOf(row: usize, struct: u32): u32 {
  return load<u8>(row + struct);
}

/** offsetof a field of the struct. */
export function fieldOffset(row: usize, struct: u32, field: u32): u32 {
  return load<u8>(row + struct + 2 + (field << 1));
}

/** sizeof a field of the struct. */
export function fieldSize(row: usize, struct: u32, field: u32): u32 {
  return load<u8>(row + struct + 3 + (field << 1));
}
