// The types of members (scripts/rows/structs.mjs packTypes): 8 bytes each, and a byte of every data model for each slot.

import { TYPES } from '../../build/rows/tables';
import { nameAt } from '../base/text';
import { loadUint, storeUint } from '../base/scalar';
import { endianOf, modelOf, packedOf } from './packed';

const FIXED: u8 = 0xff;
const SIGNED: u8 = 1;
const NETWORK: u8 = 2;

function typeRow(type: u32): usize {
  return TYPES + (<usize>type << 3);
}

/** sizeof a type in a data model. */
export function typeSize(model: usize, type: u32): u32 {
  const row = typeRow(type);
  const slot = load<u8>(row, 2);
  return slot == FIXED ? load<u8>(row, 3) : load<u8>(model + slot, 1) >> 4;
}

/** _Alignof a type in a data model, as a member of a struct. */
export function typeAlign(model: usize, type: u32): u32 {
  return load<u8>(model + load<u8>(typeRow(type), 4), 1) & 15;
}

/** The C name of a type. */
export function typeText(type: u32): usize {
  return nameAt(typeRow(type));
}

/** What its number means: a place in the list of scripts/rows/structs.mjs. */
export function typeKind(type: u32): i32 {
  return load<u8>(typeRow(type), 6);
}

/** 1 = a negative number is possible. */
export function isSigned(type: u32): i32 {
  return load<u8>(typeRow(type), 5) & SIGNED;
}

function isBigEndian(packed: usize, type: u32): bool {
  return (load<u8>(typeRow(type), 5) & NETWORK) != 0 || endianOf(packed) != 0;
}

/** The number of that type at `at`, extended to 64 bits by its sign. */
export function loadNumber(abi: i32, type: u32, at: usize): i64 {
  const packed = packedOf(abi);
  const size = typeSize(modelOf(packed), type);
  const value = loadUint(at, size, isBigEndian(packed, type));
  const unused: u64 = 64 - (<u64>size << 3);
  return isSigned(type) ? (<i64>(value << unused)) >> unused : <i64>value;
}

/** Stores the low bytes of `value` as a number of that type. */
export function storeNumber(abi: i32, type: u32, at: usize, value: i64): void {
  const packed = packedOf(abi);
  storeUint(at, typeSize(modelOf(packed), type), isBigEndian(packed, type), <u64>value);
}

// The same as f64, for numbers of at most 32 bits: exact, and without the cost of a BigInt.

/** loadNumber of a type of at most 4 bytes. */
export function loadShort(abi: i32, type: u32, at: usize): f64 {
  return <f64>loadNumber(abi, type, at);
}

/** storeNumber of a type of at most 4 bytes. */
export function storeShort(abi: i32, type: u32, at: usize, value: f64): void {
  storeNumber(abi, type, at, <i64>value);
}
