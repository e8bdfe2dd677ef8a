// struct msghdr; padding, also musl's __pad1 and __pad2 that lie over the kernel's upper length halves, is zero.

import { loadField, storeField } from '../abi/field';
import {
  MSGHDR,
  MSG_CONTROL,
  MSG_CONTROLLEN,
  MSG_FLAGS,
  MSG_IOV,
  MSG_IOVLEN,
  MSG_NAME,
  MSG_NAMELEN,
  rowOf,
  sizeOf,
} from '../abi/row';

/** Writes a struct msghdr at `at`; the pointers are native addresses, 0 for NULL. */
export function putMsghdr(
  abi: i32,
  at: usize,
  name: u64,
  namelen: u32,
  iov: u64,
  iovlen: u64,
  control: u64,
  controllen: u64,
  flags: i32,
): void {
  const row = rowOf(abi);
  memory.fill(at, 0, sizeOf(row, MSGHDR));
  storeField(row, at, MSGHDR, MSG_NAME, name);
  storeField(row, at, MSGHDR, MSG_NAMELEN, namelen);
  storeField(row, at, MSGHDR, MSG_IOV, iov);
  storeField(row, at, MSGHDR, MSG_IOVLEN, iovlen);
  storeField(row, at, MSGHDR, MSG_CONTROL, control);
  storeField(row, at, MSGHDR, MSG_CONTROLLEN, controllen);
  storeField(row, at, MSGHDR, MSG_FLAGS, flags);
}

/** Reads the struct at `at`: its seven fields in the order of POSIX, each a u64, at `out`. */
export function readMsghdr(abi: i32, at: usize, out: usize): void {
  const row = rowOf(abi);
  for (let field: u32 = MSG_NAME; field <= MSG_FLAGS; field++) {
    store<u64>(out + (<usize>field << 3), loadField(row, at, MSGHDR, field));
  }
}

/** Changes msg_namelen alone. */
export function setNamelen(abi: i32, at: usize, namelen: u32): void {
  storeField(rowOf(abi), at, MSGHDR, MSG_NAMELEN, namelen);
}

/** msg_namelen: after recvmsg, how long the sender's address is, though there be no room for all of it. */
export function readNamelen(abi: i32, at: usize): u32 {
  return <u32>loadField(rowOf(abi), at, MSGHDR, MSG_NAMELEN);
}

/** Changes msg_iovlen alone. */
export function setIovlen(abi: i32, at: usize, iovlen: u32): void {
  storeField(rowOf(abi), at, MSGHDR, MSG_IOVLEN, iovlen);
}

/** Changes msg_controllen alone. */
export function setControllen(abi: i32, at: usize, controllen: u32): void {
  storeField(rowOf(abi), at, MSGHDR, MSG_CONTROLLEN, controllen);
}

/** msg_controllen: after recvmsg, the bytes the kernel wrote. */
export function readControllen(abi: i32, at: usize): u64 {
  return loadField(rowOf(abi), at, MSGHDR, MSG_CONTROLLEN);
}

/** msg_flags: after recvmsg, MSG_CTRUNC and its kin. */
export function readFlags(abi: i32, at: usize): i32 {
  return <i32>loadField(rowOf(abi), at, MSGHDR, MSG_FLAGS);
}
