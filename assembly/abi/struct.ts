// C's own rule over the declarations of headers.json: members in order, each at a multiple of its alignment, the struct
// padded to its widest. Tables and their drawings: scripts/rows/structs.mjs.

import { DEFINITIONS, HEADERS, LISTS, MEMBERS, STRUCT_COUNT, STRUCT_NAMES } from '../../build/rows/tables';
import { nameAt } from '../base/text';
import { NO_HEADER, endianOf, headerOf, modelOf, packedOf, pointerOf } from './packed';
import { typeAlign, typeSize } from './type';

const ABSENT: u8 = 0xff;
const PACKED_MEMBER: usize = 6;
/** What a list has of each: the number of the member. */
const LISTED: usize = 2;
const IS_STRUCT: u32 = 1;
const FLAGS: u32 = 15;

/** The ABI has no such struct. */
export const NO_STRUCT: u64 = u64.MAX_VALUE;
/** Bytes of a member as described. */
export const MEMBER_SIZE: usize = 24;

/** How many names of structs there are. */
export function structCount(): i32 {
  return STRUCT_COUNT;
}

/** The name of the struct of that number. */
export function structText(struct: u32): usize {
  return nameAt(STRUCT_NAMES + (<usize>struct << 1));
}

/** The definition that the ABI's headers give the struct, or 0. */
function findDefinition(packed: usize, struct: u32): usize {
  for (let i: usize = 0; headerOf(packed, i) != NO_HEADER; i++) {
    const header = HEADERS + (<usize>headerOf(packed, i) << 2);
    const first = DEFINITIONS + (<usize>load<u16>(header) << 2);
    const end = first + (<usize>load<u8>(header, 2) << 2);
    for (let definition = first; definition < end; definition += 4) {
      if (load<u8>(definition) == <u8>struct) return load<u8>(definition, 1) == ABSENT ? 0 : definition;
    }
  }
  return 0;
}

/**
 * Lays out a struct by its number. Returns its size, with its alignment in the upper 32 bits, or NO_STRUCT. Where `out`
 * is not 0, describes each member there that the ABI has, in 24 bytes:
 *
 *    0  address of its name
 *    4  offset
 *    8  size, of one element
 *   12  elements, 0 = as many as there are
 *   16  its type, or the number of its struct
 *   20  flags: 1 = a struct, 2 = padding, 4 = an array
 *   24
 */
export function layStruct(packed: usize, struct: u32, out: usize): u64 {
  const definition = findDefinition(packed, struct);
  return definition == 0 ? NO_STRUCT : layDefinition(packed, definition, out);
}

/** The same for a definition that stands in no header. */
export function layDefinition(packed: usize, definition: usize, out: usize): u64 {
  const model = modelOf(packed);
  const here = hereOf(packed);
  const first = listOf(definition);
  const end = first + <usize>load<u8>(definition, 1) * LISTED;
  let offset: u32 = 0;
  let widest: u32 = 1;
  for (let listed = first; listed < end; listed += LISTED) {
    const member = memberOf(listed);
    const bits: u32 = load<u8>(member, 1);
    if ((bits & here) == 0) continue;
    const code: u32 = load<u8>(member);
    const flags = bits & FLAGS;
    const count: u32 = load<u16>(member, 2);
    let size: u32, align: u32;
    if (flags & IS_STRUCT) {
      const whole = layStruct(packed, code, 0);
      if (whole == NO_STRUCT) return NO_STRUCT;
      size = <u32>whole;
      align = <u32>(whole >> 32);
    } else {
      size = typeSize(model, code);
      align = typeAlign(model, code);
    }
    if (align > widest) widest = align;
    offset = (offset + align - 1) & ~(align - 1);
    if (out != 0) {
      store<u32>(out, <u32>nameAt(member + 4));
      store<u32>(out, offset, 4);
      store<u32>(out, size, 8);
      store<u32>(out, count, 12);
      store<u32>(out, code, 16);
      store<u32>(out, flags, 20);
      out += MEMBER_SIZE;
    }
    offset += size * count;
  }
  return (<u64>widest << 32) | ((offset + widest - 1) & ~(widest - 1));
}

/** How many members of a definition the ABI has. */
function countMembers(packed: usize, definition: usize): i32 {
  const here = hereOf(packed);
  let listed = listOf(definition);
  let count = 0;
  for (let i = load<u8>(definition, 1); i > 0; i--) {
    if (load<u8>(memberOf(listed), 1) & here) count++;
    listed += LISTED;
  }
  return count;
}

/** The bit of the ABIs of this byte order and pointer, among those that say where a member is. */
function hereOf(packed: usize): u32 {
  return 16 << (endianOf(packed) + (pointerOf(packed) == 8 ? 2 : 0));
}

/** Where the numbers of its members begin. */
function listOf(definition: usize): usize {
  return LISTS + <usize>load<u16>(definition, 2) * LISTED;
}

function memberOf(listed: usize): usize {
  return MEMBERS + <usize>load<u16>(listed) * PACKED_MEMBER;
}

/** Writes size and alignment (2 x u32) of a definition at `out`, then its members; returns how many, or -1. */
export function describeDefinition(packed: usize, definition: usize, out: usize): i32 {
  const whole = layDefinition(packed, definition, out + 8);
  if (whole == NO_STRUCT) return -1;
  store<u64>(out, whole);
  return countMembers(packed, definition);
}

/** The same for the struct of that number; -1 where the ABI has none. */
export function describeStruct(abi: i32, struct: u32, out: usize): i32 {
  const packed = packedOf(abi);
  const definition = findDefinition(packed, struct);
  return definition == 0 ? -1 : describeDefinition(packed, definition, out);
}

/** The definition of that number. */
export function definitionOf(number: u32): usize {
  return DEFINITIONS + (<usize>number << 2);
}
