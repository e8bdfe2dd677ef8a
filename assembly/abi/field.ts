import { loadUint, storeUint } from '../base/scalar';
import { fieldOffset, fieldSize, isBig } from './row';

/** The value of a field of the struct at `at`, as `row` lays it out. */
// @ts-ignore: decorator
@inline
export function loadField(row: usize, at: usize, struct: u32, field: u32): u64 {
  return loadUint(at + fieldOffset(row, struct, field), fieldSize(row, struct, field), isBig(row));
}

/** Stores a field of the struct at `at`; a value wider than the field keeps its low bytes, as in C. */
// @ts-ignore: decorator
@inline
export function storeField(row: usize, at: usize, struct: u32, field: u32, value: u64): void {
  storeUint(at + fieldOffset(row, struct, field), fieldSize(row, struct, field), isBig(row), value);
}
