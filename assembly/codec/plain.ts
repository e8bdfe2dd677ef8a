// The cmsghdr of 64-bit little-endian Linux as two words, for the messages of the system calls:
//
//    0  u64  cmsg_len
//    8  u32  cmsg_level, u32 cmsg_type
//   16  payload
//
// It is what putHeader writes there with a fill of 0 and the last padding; the padding is the caller's to clear.

import { E_ROOM } from '../base/status';

const HEADER: u32 = 16;

/** Begins a message of `size` payload bytes, below 2^20, at `used`. Returns the new `used`, or E_ROOM. */
// @ts-ignore: decorator
@inline
export function putPlainHeader(control: usize, room: u32, used: u32, level: i32, type: i32, size: u32): i32 {
  const bytes = (HEADER + size + 7) & ~7;
  if (<u64>used + <u64>bytes > <u64>room || room > <u32>i32.MAX_VALUE) return E_ROOM;
  const cmsg = control + used;
  store<u64>(cmsg, HEADER + size);
  store<u64>(cmsg, (<u64>(<u32>type) << 32) | <u64>(<u32>level), 8);
  return <i32>(used + bytes);
}
