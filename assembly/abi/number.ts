// Constants of the headers, by set (scripts/rows/numbers.mjs): a set, the one it is like, and so on.

import { NUMBERS, NUMBER_COUNT, NUMBER_NAMES, NUMBER_SETS, SYSTEMS, WIDE_NUMBERS } from '../../build/rows/tables';
import { nameAt } from '../base/text';
import { numberSetOf, packedOf } from './packed';

// Numbers of the symbols that every row needs: the packer puts them first.
export const SOL_SOCKET: u32 = 0;
export const SCM_RIGHTS: u32 = 1;
/** The set has no such constant. */
export const NO_NUMBER: i64 = i64.MIN_VALUE;
const LAST: u8 = 0xff;
/** From here on a value is a place among the wide ones. */
const WIDE: u32 = 0xff00;

function setRow(set: i32): usize {
  return NUMBER_SETS + <usize>set * 6;
}

/** The value of a symbol in a set, or NO_NUMBER. */
export function findNumber(set: i32, symbol: u32): i64 {
  let number = <u8>set;
  while (number != LAST) {
    const row = setRow(number);
    const first = NUMBERS + (<usize>load<u16>(row) << 2);
    const end = first + (<usize>load<u16>(row, 2) << 2);
    for (let entry = first; entry < end; entry += 4) {
      if (load<u16>(entry) == symbol) return valueOf(load<u16>(entry, 2));
    }
    number = load<u8>(row, 4);
  }
  return NO_NUMBER;
}

function valueOf(value: u32): i64 {
  return value < WIDE ? <i64>value : <i64>load<i32>(WIDE_NUMBERS + (<usize>(value - WIDE) << 2));
}

/** The operating system of a set: a place in the list of names. */
export function systemOf(set: i32): u32 {
  return load<u8>(setRow(set), 5);
}

/** The value of a symbol on an ABI, NaN where it has none. */
export function numberOf(abi: i32, symbol: u32): f64 {
  const number = findNumber(numberSetOf(packedOf(abi)), symbol);
  return number == NO_NUMBER ? NaN : <f64>number;
}

/** How many symbols there are. */
export function numberCount(): i32 {
  return NUMBER_COUNT;
}

/** The name of a symbol. */
export function numberText(symbol: u32): usize {
  return nameAt(NUMBER_NAMES + (<usize>symbol << 1));
}

/** The name of an ABI's operating system. */
export function systemText(abi: i32): usize {
  return nameAt(SYSTEMS + (<usize>systemOf(numberSetOf(packedOf(abi))) << 1));
}
