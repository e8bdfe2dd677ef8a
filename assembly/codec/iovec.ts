import { storeField } from '../abi/field';
import { fillBytes } from '../base/fill';
import { IOVEC, IOV_BASE, IOV_LEN, rowOf, sizeOf } from '../abi/row';

/** Writes a struct iovec at `at`: `length` bytes at the native address `base`; padding is zero. */
export function putIovec(abi: i32, at: usize, base: u64, length: u64): void {
  const row = rowOf(abi);
  fillBytes(at, 0, sizeOf(row, IOVEC));
  storeField(row, at, IOVEC, IOV_BASE, base);
  storeField(row, at, IOVEC, IOV_LEN, length);
}

/** Changes iov_len alone. */
export function setIovecLength(abi: i32, at: usize, length: u64): void {
  storeField(rowOf(abi), at, IOVEC, IOV_LEN, length);
}
