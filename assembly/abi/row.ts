// What every call needs of an ABI, laid out when it is first asked for: 44 bytes of numbers in static memory. A row
// number is an index into this table, and into that of the packed rows (packed.ts).
//
//    0  SOL_SOCKET    i32
//    4  word          u8, bytes of a pointer: 4 or 8
//    5  big           u8, 1 = big endian
//    6  unit          u8, what CMSG_ALIGN rounds to
//    7  data          u8, offset of CMSG_DATA from its header: CMSG_LEN(0); 0 = there are no control messages
//    8  system        u8, operating system
//    9  msghdr        u8 size, a free byte, then u8 offset, u8 size of each of its 7 fields
//   25  cmsghdr       u8 size, a free byte, then 3 fields
//   33  iovec         u8 size, a free byte, then 2 fields
//   39  plain         u8, 1 = the cmsghdr of 64-bit little-endian Linux: two words, data behind them, unit 8
//   40  SCM_RIGHTS    i32, i32.MIN_VALUE = there is none
//   44
//
// The three structs are kept as plain offsets and sizes, so that codec/ needs no knowledge of declarations: alignment
// unit, data offset and header size are three independent numbers.

import {
  ABI_COUNT,
  ALIASES,
  ALIAS_COUNT,
  KNOWN_MEMBERS,
  STRUCT_CMSGHDR,
  STRUCT_IOVEC,
  STRUCT_MSGHDR,
} from '../../build/rows/tables';
import { alignUp } from '../base/align';
import { nameAt } from '../base/text';
import { NO_NUMBER, SCM_RIGHTS, SOL_SOCKET, findNumber, systemOf } from './number';
import {
  alignOf,
  dataAlignOf,
  endianOf,
  numberSetOf,
  packedOf,
  pointerOf,
  proofOf,
  walkOf,
} from './packed';
import { MEMBER_SIZE, NO_STRUCT, layStruct } from './struct';

const ROW: usize = 44;
const TABLE: usize = memory.data(11264);

/** The ABI has no such message. */
export const NO_TYPE: i32 = i32.MIN_VALUE;

export const MSGHDR: u32 = 9;
export const CMSGHDR: u32 = 25;
export const IOVEC: u32 = 33;

// Field numbers within each struct, in the order of POSIX; a header may declare them in another one.
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

/** Where a struct is described while a row is filled: at most 16 members. */
const MEMBERS: usize = memory.data(384);

/** Fills in the `count` known members from the number `first` on of a struct, in the order of their names. */
function fillStruct(packed: usize, struct: u32, at: usize, first: usize, count: usize): void {
  const whole = layStruct(packed, struct, MEMBERS);
  if (whole == NO_STRUCT) return;
  store<u8>(at, <u8>whole);
  for (let i: usize = 0; i < count; i++) {
    const name = <u32>nameAt(KNOWN_MEMBERS + ((first + i) << 1));
    let member = MEMBERS;
    while (load<u32>(member) != name) member += MEMBER_SIZE;
    store<u8>(at + (i << 1), load<u8>(member, 4), 2);
    store<u8>(at + (i << 1), load<u8>(member, 8), 3);
  }
}

function fillRow(row: usize, packed: usize): void {
  store<u8>(row, pointerOf(packed), 4);
  store<u8>(row, endianOf(packed), 5);
  store<u8>(row, alignOf(packed), 6);
  fillStruct(packed, STRUCT_MSGHDR, row + MSGHDR, 0, 7);
  fillStruct(packed, STRUCT_CMSGHDR, row + CMSGHDR, 7, 3);
  // Of a header that is not there the size is 0.
  store<u8>(row, <u8>alignUp(sizeOf(row, CMSGHDR), dataAlignOf(packed)), 7);
  fillStruct(packed, STRUCT_IOVEC, row + IOVEC, 10, 2);
  store<u8>(row, <u8>hasPlainHeader(row), 39);
  const set = numberSetOf(packed);
  store<i32>(row, <i32>findNumber(set, SOL_SOCKET));
  const rights = findNumber(set, SCM_RIGHTS);
  store<i32>(row, rights == NO_NUMBER ? NO_TYPE : <i32>rights, 40);
  store<u8>(row, <u8>systemOf(set), 8);
}

/** cmsg_len at 0 and its pad, if it has one, cmsg_level at 8, data at 16, CMSG_ALIGN to 8, little endian. */
function hasPlainHeader(row: usize): bool {
  return unitOf(row) == 8 && !isBig(row) && fieldOffset(row, CMSGHDR, CMSG_LEVEL) == 8;
}

/** How many rows there are. */
export function abiCount(): i32 {
  return ABI_COUNT;
}

/** A name of a row: 0 arch, 1 libc; its id is both, `arch-libc`. */
export function abiText(abi: i32, which: i32): usize {
  return nameAt(packedOf(abi) + (<usize>which << 1));
}

/** What proves a row: 0 executed, 1 compiled, 2 document. */
export function abiProof(abi: i32): i32 {
  return proofOf(packedOf(abi));
}

/** The walk of its libc. */
export function abiWalk(abi: i32): i32 {
  return walkOf(packedOf(abi));
}

/** How many further names ABIs have. */
export function aliasCount(): i32 {
  return ALIAS_COUNT;
}

/** A further name. */
export function aliasText(alias: i32): usize {
  return nameAt(ALIASES + (<usize>alias << 2));
}

/** The ABI that it names. */
export function aliasAbi(alias: i32): i32 {
  return load<u8>(ALIASES + (<usize>alias << 2), 2);
}

/** Bytes of a pointer. */
export function abiWord(abi: i32): i32 {
  return wordOf(rowOf(abi));
}

/** 1 = big endian. */
export function abiBig(abi: i32): i32 {
  return isBig(rowOf(abi)) ? 1 : 0;
}

/** What CMSG_ALIGN rounds to. */
export function abiUnit(abi: i32): i32 {
  return <i32>unitOf(rowOf(abi));
}

/** Offset of CMSG_DATA from its header; 0 where the ABI has no control messages. */
export function abiData(abi: i32): i32 {
  return dataOffsetOf(rowOf(abi));
}

/** The row of number `abi`, which must be below abiCount(). */
export function rowOf(abi: i32): usize {
  const row = TABLE + <usize>abi * ROW;
  // No ABI has pointers of no bytes.
  if (load<u8>(row, 4) == 0) fillRow(row, packedOf(abi));
  return row;
}

/** Whether its headers can be written as two words (codec/plain.ts). */
export function isPlain(row: usize): bool {
  return load<u8>(row, 39) != 0;
}

export function solSocketOf(row: usize): i32 {
  return load<i32>(row);
}

/** cmsg_type of descriptors, or NO_TYPE. */
export function rightsTypeOf(row: usize): i32 {
  return load<i32>(row, 40);
}

export function wordOf(row: usize): u32 {
  return load<u8>(row, 4);
}

export function isBig(row: usize): bool {
  return load<u8>(row, 5) != 0;
}

export function unitOf(row: usize): u64 {
  return load<u8>(row, 6);
}

export function dataOffsetOf(row: usize): u32 {
  return load<u8>(row, 7);
}

/** Its operating system, as rows of payloads name it. */
export function systemNumberOf(row: usize): u32 {
  return load<u8>(row, 8);
}

/** Whether its control messages are Linux's (SCM_CREDENTIALS and the rest). */
export function isLinux(row: usize): bool {
  return load<u8>(row, 8) == 0;
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
