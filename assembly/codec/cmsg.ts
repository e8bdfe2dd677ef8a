// Control messages, one behind the other in a control buffer:
//
//   used                 used + data                    used + CMSG_LEN(size)   used + CMSG_SPACE(size)
//   | struct cmsghdr |gap| payload: size bytes          | padding               | next header
//                                                       ^ a tight buffer ends here
//
// The gap (FreeBSD on 64-bit: 12..16) and the padding hold `fill`; so does a padding member of the header (musl on
// 64-bit), as in a C program that clears its buffer with memset(fill) and then assigns the fields.
//
// glibc bits/socket.h, musl and FreeBSD sys/socket.h: CMSG_LEN(n) = A(H) + n; CMSG_SPACE(n) = A(H) + A(n), where A
// rounds up to the ABI's unit and H is sizeof(struct cmsghdr).

import { E_ROOM } from '../base/status';
import { alignUp } from '../base/align';
import { fillBytes } from '../base/fill';
import { storeField } from '../abi/field';
import { CMSGHDR, CMSG_LEN, CMSG_LEVEL, CMSG_TYPE, dataOffsetOf, rowOf, unitOf } from '../abi/row';

/** CMSG_LEN(size): bytes of header, gap and payload. */
export function lengthOf(row: usize, size: u64): u64 {
  return <u64>dataOffsetOf(row) + size;
}

/** CMSG_SPACE(size): CMSG_LEN(size) rounded up to the unit. */
export function spaceOf(row: usize, size: u64): u64 {
  return alignUp(lengthOf(row, size), unitOf(row));
}

/**
 * Begins a message of `size` payload bytes at `used` in the control buffer of `room` bytes: fills it, writes its
 * header and leaves the payload to the caller, at used + CMSG_LEN(0). Returns the new `used`, or E_ROOM.
 */
export function putHeader(
  row: usize,
  control: usize,
  room: u32,
  used: u32,
  level: i32,
  type: i32,
  size: u64,
  fill: u8,
  tight: bool,
): i32 {
  // Before anything is added to a size, which the caller may have from anywhere.
  if (room > <u32>i32.MAX_VALUE || used > room || size > <u64>room) return E_ROOM;
  const length = lengthOf(row, size);
  const bytes = tight ? length : spaceOf(row, size);
  if (bytes > <u64>(room - used)) return E_ROOM;
  const cmsg = control + used;
  fillBytes(cmsg, fill, dataOffsetOf(row));
  fillBytes(cmsg + <usize>length, fill, <u32>(bytes - length));
  storeField(row, cmsg, CMSGHDR, CMSG_LEN, length);
  storeField(row, cmsg, CMSGHDR, CMSG_LEVEL, level);
  storeField(row, cmsg, CMSGHDR, CMSG_TYPE, type);
  return <i32>(used + <u32>bytes);
}

// The same for the host. A size comes and goes as f64: exact for the length of any array, up to 2^53, where a u32 would
// wrap, and without the cost of a BigInt.

/** CMSG_LEN(size). */
export function cmsgLen(abi: i32, size: f64): f64 {
  return <f64>lengthOf(rowOf(abi), <u64>size);
}

/** CMSG_SPACE(size). */
export function cmsgSpace(abi: i32, size: f64): f64 {
  return <f64>spaceOf(rowOf(abi), <u64>size);
}

/** putHeader for the row of number `abi`. */
export function beginMessage(
  abi: i32,
  control: usize,
  room: u32,
  used: u32,
  level: i32,
  type: i32,
  size: f64,
  fill: u8,
  tight: bool,
): i32 {
  return putHeader(rowOf(abi), control, room, used, level, type, <u64>size, fill, tight);
}
