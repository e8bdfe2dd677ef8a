import { storeField } from '../abi/field';
import { IOVEC, IOV_BASE, IOV_LEN, rowOf } from '../abi/row';

/** Writes a struct iovec at `at`: `length` bytes at the native address `base`. */
export function putIovec(abi: i32, at: usize, base: u64, length: u64): void {
  const row = rowOf(abi);
  storeField(row, at, IOVEC, IOV_BASE, base);
  storeField(row, at, IOVEC, IOV_LEN, length);
}

/** Changes iov_len alone. */
export function setIovecLength(abi: i32, at: usize, length: u64): void {
  storeField(rowOf(abi), at, IOVEC, IOV_LEN, length);
}
