// The strict reading of a control buffer, by subtraction only: what a careful receiver accepts, whatever the walk of
// its libc would hand it. A message must hold CMSG_LEN(0) <= cmsg_len <= bytes left.

import { E_MALFORMED } from '../base/status';
import { alignUp } from '../base/align';
import { loadField } from '../abi/field';
import { CMSGHDR, CMSG_LEN, CMSG_LEVEL, CMSG_TYPE, dataOffsetOf, rowOf, sizeOf, unitOf } from '../abi/row';

/** No further message: fewer bytes than a header are left. */
export const PARSE_END: i32 = 0;
/** One message read. */
export const PARSE_MESSAGE: i32 = 1;

/**
 * Reads the message at offset `at` (at most controllen). Returns PARSE_MESSAGE, PARSE_END or E_MALFORMED; with a
 * message, or a malformed one, writes at `out`, little endian:
 *
 *    0  u64  cmsg_len
 *    8  i32  cmsg_level
 *   12  i32  cmsg_type
 *   16  u32  offset of the payload       (the last three for PARSE_MESSAGE only)
 *   20  u32  bytes of the payload
 *   24  u32  offset of the next message, at most controllen
 */
export function readMessage(abi: i32, control: usize, controllen: u32, at: u32, out: usize): i32 {
  const row = rowOf(abi);
  const left = controllen - at;
  if (left < sizeOf(row, CMSGHDR)) return PARSE_END;
  const cmsg = control + at;
  const data = dataOffsetOf(row);
  const length = loadField(row, cmsg, CMSGHDR, CMSG_LEN);
  store<u64>(out, length);
  if (length < data || length > left) return E_MALFORMED;
  const step = alignUp(length, unitOf(row));
  store<i32>(out, <i32>loadField(row, cmsg, CMSGHDR, CMSG_LEVEL), 8);
  store<i32>(out, <i32>loadField(row, cmsg, CMSGHDR, CMSG_TYPE), 12);
  store<u32>(out, at + data, 16);
  store<u32>(out, <u32>length - data, 20);
  store<u32>(out, step < left ? at + <u32>step : controllen, 24);
  return PARSE_MESSAGE;
}
