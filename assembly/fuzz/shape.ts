// The ABI that inputs are made for, its numbers at hand.

import { loadUint, storeUint } from '../base/scalar';
import {
  CMSGHDR,
  CMSG_LEN,
  CMSG_LEVEL,
  CMSG_TYPE,
  NO_TYPE,
  dataOffsetOf,
  fieldOffset,
  fieldSize,
  isBig,
  rightsTypeOf,
  rowOf,
  sizeOf,
  solSocketOf,
  unitOf,
} from '../abi/row';

export let header: u32;
/** CMSG_LEN(0). */
export let data: u32;
export let unit: u32;
export let big: bool;
/** Bytes of cmsg_len, and the largest that it can be. */
export let lengthSize: u32;
export let lengthMost: u64;
export let level: i32;
/** cmsg_type of descriptors. */
export let rights: i32;
let lengthAt: usize;
let levelAt: usize;
let typeAt: usize;

/** Takes an ABI by its number; false if it has no control messages. */
export function prepareShape(abi: i32): bool {
  const row = rowOf(abi);
  header = sizeOf(row, CMSGHDR);
  if (header == 0) return false;
  data = dataOffsetOf(row);
  unit = <u32>unitOf(row);
  big = isBig(row);
  lengthSize = fieldSize(row, CMSGHDR, CMSG_LEN);
  lengthMost = lengthSize == 8 ? u64.MAX_VALUE : 0xffff_ffff;
  lengthAt = fieldOffset(row, CMSGHDR, CMSG_LEN);
  levelAt = fieldOffset(row, CMSGHDR, CMSG_LEVEL);
  typeAt = fieldOffset(row, CMSGHDR, CMSG_TYPE);
  level = solSocketOf(row);
  rights = rightsTypeOf(row) == NO_TYPE ? 1 : rightsTypeOf(row);
  return true;
}

/** `size` rounded up to the unit. */
export function roundUp(size: u32): u32 {
  return (size + unit - 1) & ~(unit - 1);
}

export function loadLength(at: usize): u64 {
  return loadUint(at + lengthAt, lengthSize, big);
}

export function storeLength(at: usize, length: u64): void {
  storeUint(at + lengthAt, lengthSize, big, length);
}

export function storeLevel(at: usize, value: i32): void {
  storeUint(at + levelAt, 4, big, <u64>value);
}

export function storeType(at: usize, value: i32): void {
  storeUint(at + typeAt, 4, big, <u64>value);
}
