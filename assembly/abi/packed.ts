// A packed ABI: a row of the table that scripts/rows/abis.mjs makes of abis.json, with its drawing there.

import { ABIS, MODELS, MODEL_SIZE } from '../../build/rows/tables';

const PACKED: usize = 16;
/** At most so many headers. */
const HEADERS: usize = 6;
/** Of a list of headers: no further one. */
export const NO_HEADER: u8 = 0xff;

/** The packed row of number `abi`. */
export function packedOf(abi: i32): usize {
  return ABIS + <usize>abi * PACKED;
}

/** Number of the walk of its libc. */
export function walkOf(packed: usize): i32 {
  return load<u8>(packed, 4);
}

/** Its data model. */
export function modelOf(packed: usize): usize {
  return MODELS + <usize>load<u8>(packed, 5) * MODEL_SIZE;
}

/** Number of its set of constants. */
export function numberSetOf(packed: usize): i32 {
  return load<u8>(packed, 6);
}

/** What proves it: 0 executed, 1 compiled, 2 document. */
export function proofOf(packed: usize): i32 {
  return load<u8>(packed, 7) & 15;
}

/** What CMSG_ALIGN rounds to. */
export function alignOf(packed: usize): u8 {
  return load<u8>(packed, 8);
}

/** What the offset of CMSG_DATA is rounded to. */
export function dataAlignOf(packed: usize): u8 {
  return load<u8>(packed, 9);
}

/** Its header `index`, NO_HEADER behind the last; of two structs of one name that of the lower index holds. */
export function headerOf(packed: usize, index: usize): u8 {
  return index < HEADERS ? load<u8>(packed + index, 10) : NO_HEADER;
}

/** Bytes of a pointer. */
export function pointerOf(packed: usize): u8 {
  return load<u8>(packed, 7) >> 4;
}

/** 1 = big endian. */
export function endianOf(packed: usize): u8 {
  return load<u8>(modelOf(packed));
}
