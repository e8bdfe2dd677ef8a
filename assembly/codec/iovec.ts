// struct iovec: a stretch of data, by its native address.

import { loadField, storeField } from '../abi/field';
import { fillBytes } from '../base/fill';
import { IOVEC, IOV_BASE, IOV_LEN, rowOf, sizeOf } from '../abi/row';

/** Writes a struct iovec at `at`: `length` bytes at the native address `base`; padding is zero. */
export function putIovec(abi: i32, at: usize, base: u64, length: u64): void {
  const row = rowOf(abi);
  fillBytes(at, 0, sizeOf(row, IOVEC));
  storeField(row, at, IOVEC, IOV_BASE, base);
  storeField(row, at, IOVEC, IOV_LEN, length);
}

/** The same for the hot path, where a caller has no 64-bit integers: addresses below 2^53 are exact. */
export function setIovec(abi: i32, at: usize, base: f64, length: f64): void {
  const row = rowOf(abi);
  storeField(row, at, IOVEC, IOV_BASE, <u64>base);
  storeField(row, at, IOVEC, IOV_LEN, <u64>length);
}

/** Changes iov_len alone. */
export function setIovecLength(abi: i32, at: usize, length: u32): void {
  storeField(rowOf(abi), at, IOVEC, IOV_LEN, length);
}

/** Reads the struct at `at`: iov_base and iov_len, two u64 at `out`. */
export function readIovec(abi: i32, at: usize, out: usize): void {
  const row = rowOf(abi);
  store<u64>(out, loadField(row, at, IOVEC, IOV_BASE));
  store<u64>(out, loadField(row, at, IOVEC, IOV_LEN), 8);
}
