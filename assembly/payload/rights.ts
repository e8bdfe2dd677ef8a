// SOL_SOCKET, SCM_RIGHTS: open descriptors, an int each (unix(7); net/core/scm.c scm_fp_copy, scm_detach_fds).
// Linux takes at most 253 in one message (SCM_MAX_FD) and ignores the odd bytes of a length that is no multiple of 4.

import { loadInt, storeInt } from '../base/scalar';
import { E_UNSUPPORTED } from '../base/status';
import { NO_TYPE, dataOffsetOf, isBig, isPlain, rightsTypeOf, rowOf, solSocketOf } from '../abi/row';
import { putHeader } from '../codec/cmsg';
import { putPlainHeader } from '../codec/plain';

/** Of as many the bytes are no u32 any more to be added up. */
const PLAIN_COUNT: u32 = 1 << 18;

/** Payload bytes of `count` descriptors. */
export function rightsSize(count: u32): u64 {
  return <u64>count << 2;
}

/**
 * Appends the `count` descriptors at `fds` (i32, little endian), padded with zeros. Returns the new `used`, E_ROOM, or
 * E_UNSUPPORTED.
 */
export function putRights(abi: i32, control: usize, room: u32, used: u32, fds: usize, count: u32): i32 {
  const row = rowOf(abi);
  if (rightsTypeOf(row) == NO_TYPE) return E_UNSUPPORTED;
  if (isPlain(row) && count < PLAIN_COUNT) {
    return putPlainRights(control, room, used, solSocketOf(row), rightsTypeOf(row), fds, count);
  }
  const next = putHeader(row, control, room, used, solSocketOf(row), rightsTypeOf(row), rightsSize(count), 0, false);
  if (next >= 0) writeRights(abi, control + used + dataOffsetOf(row), fds, count);
  return next;
}

/** The same where the header is plain, of fewer than 2^18. */
// @ts-ignore: decorator
@inline
export function putPlainRights(
  control: usize,
  room: u32,
  used: u32,
  level: i32,
  type: i32,
  fds: usize,
  count: u32,
): i32 {
  const next = putPlainHeader(control, room, used, level, type, count << 2);
  if (next < 0) return next;
  const data = control + used + 16;
  // One at a time, as whoever wrote them did: a load of two that have just been stored one by one has to wait until both
  // left the processor's store buffer, which takes longer than all the rest.
  for (let i: u32 = 0; i < count; i++) store<u32>(data + (i << 2), load<u32>(fds + (i << 2)));
  // An odd number leaves padding.
  if ((count & 1) != 0) store<u32>(data + (count << 2), 0);
  return next;
}

/** Writes the `count` descriptors at `fds` (i32, little endian) as the payload at `data`. */
export function writeRights(abi: i32, data: usize, fds: usize, count: u32): void {
  const big = isBig(rowOf(abi));
  for (let i: u32 = 0; i < count; i++) storeInt(data + (i << 2), big, load<i32>(fds + (i << 2)));
}

/** Reads the descriptors of a payload of `size` bytes to `out` (i32, little endian). Returns how many there are. */
export function readRights(abi: i32, data: usize, size: u32, out: usize): i32 {
  const big = isBig(rowOf(abi));
  const count = size >> 2;
  for (let i: u32 = 0; i < count; i++) store<i32>(out + (i << 2), loadInt(data + (i << 2), big));
  return <i32>count;
}
