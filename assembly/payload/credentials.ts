// SOL_SOCKET, SCM_CREDENTIALS: struct ucred, exactly 12 bytes (unix(7); net/core/scm.c __scm_send).
//
//    0  pid_t pid
//    4  uid_t uid
//    8  gid_t gid

import { E_MALFORMED, E_UNSUPPORTED } from '../base/status';
import { loadInt, storeInt } from '../base/scalar';
import { dataOffsetOf, isBig, isLinux, isPlain, rowOf, solSocketOf } from '../abi/row';
import { putHeader } from '../codec/cmsg';
import { putPlainHeader } from '../codec/plain';

export const SCM_CREDENTIALS: i32 = 2;

/** Payload bytes of a struct ucred. */
export function credentialsSize(): u32 {
  return 12;
}

/** Appends credentials, padded with zeros. Returns the new `used`, E_ROOM, or E_UNSUPPORTED where the ABI has no SCM_CREDENTIALS. */
export function putCredentials(
  abi: i32,
  control: usize,
  room: u32,
  used: u32,
  pid: i32,
  uid: i32,
  gid: i32,
): i32 {
  const row = rowOf(abi);
  if (!isLinux(row)) return E_UNSUPPORTED;
  if (isPlain(row)) return putPlainCredentials(control, room, used, solSocketOf(row), pid, uid, gid);
  const next = putHeader(row, control, room, used, solSocketOf(row), SCM_CREDENTIALS, credentialsSize(), 0, false);
  if (next < 0) return next;
  const data = control + used + dataOffsetOf(row);
  const big = isBig(row);
  storeInt(data, big, pid);
  storeInt(data + 4, big, uid);
  storeInt(data + 8, big, gid);
  return next;
}

/** The same where the header is plain. */
// @ts-ignore: decorator
@inline
export function putPlainCredentials(
  control: usize,
  room: u32,
  used: u32,
  level: i32,
  pid: i32,
  uid: i32,
  gid: i32,
): i32 {
  const next = putPlainHeader(control, room, used, level, SCM_CREDENTIALS, credentialsSize());
  if (next < 0) return next;
  store<u64>(control + used, (<u64>(<u32>uid) << 32) | <u64>(<u32>pid), 16);
  // With its padding.
  store<u64>(control + used, <u64>(<u32>gid), 24);
  return next;
}

/** Reads pid, uid and gid to `out` (3 x i32, little endian). Returns 0, or E_MALFORMED for another size than 12. */
export function readCredentials(abi: i32, data: usize, size: u32, out: usize): i32 {
  if (size != credentialsSize()) return E_MALFORMED;
  const big = isBig(rowOf(abi));
  store<i32>(out, loadInt(data, big));
  store<i32>(out, loadInt(data + 4, big), 4);
  store<i32>(out, loadInt(data + 8, big), 8);
  return 0;
}
