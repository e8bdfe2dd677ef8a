// What implementations with a loop of their own ask of a header that they were handed, before they use it.

import { alignUp } from '../base/align';
import { aligned, check, controllen, data, header, loadType } from './prepared';
import { CHECK_CLIP, CHECK_HOST, CHECK_INSIDE, CHECK_RIGHTS, CHECK_SLICE } from './row';

// Why a walk ends with WALK_REJECT.
/** Nothing is wrong. */
export const SOUND: i32 = 0;
/** The call fails with EINVAL. */
export const EINVAL: i32 = 1;
/** The program panics. */
export const PANIC: i32 = 2;
/** This message and those behind it are left out. */
export const DROPPED: i32 = 3;
/** This message is the last, with as much of its payload as there is. */
export const CLIPPED: i32 = 4;

const SCM_RIGHTS: i32 = 1;
/** SCM_MAX_FD of Linux, in bytes. */
const RIGHTS_MAX: u64 = 253 * 4;

/** Whether the header at `at`, which lies inside, may be used: SOUND or why not. */
export function checkHeader(at: u64, length: u64): i32 {
  const left = controllen - at;
  switch (check) {
    case CHECK_INSIDE:
      return length < header || length > left ? EINVAL : SOUND;
    case CHECK_SLICE:
      if (length < header || length > left) return EINVAL;
      return length < aligned ? PANIC : SOUND;
    case CHECK_CLIP:
      if (left < data || length < data) return DROPPED;
      return length > left ? CLIPPED : SOUND;
    case CHECK_RIGHTS: {
      if (loadType(at) != SCM_RIGHTS) return SOUND;
      if (length < data || length > left) return DROPPED;
      const size = length - data;
      return size % 4 != 0 || size > RIGHTS_MAX ? DROPPED : SOUND;
    }
    case CHECK_HOST:
      return takeHostSpace(length) ? SOUND : DROPPED;
    default:
      return SOUND;
  }
}

// qemu-user (linux-user/syscall.c, target_to_host_cmsg) copies a guest's messages into a buffer twice as long, which it
// walks with the macros of its own libc: here those of a 64-bit host, with 16-byte headers in units of 8.
const HOST_HEADER: u64 = 16;
const HOST_UNIT: u64 = 8;
/** What is used of that buffer, as QEMU counts it: in 32 bits. */
let hostSpace: u32;

/** At the beginning of a walk. */
export function resetHost(): void {
  hostSpace = 0;
}

/** The payload of a message, which QEMU holds in an int: below 0 where cmsg_len is short. */
function hostPayload(length: u64): i32 {
  return <i32>(length - header);
}

function takeHostSpace(length: u64): bool {
  hostSpace += <u32>(alignUp(<u64>(<i64>hostPayload(length)), HOST_UNIT) + HOST_HEADER);
  return <u64>hostSpace <= 2 * controllen;
}

/**
 * Whether the walk over the copy goes on behind the message of `length`: a short one ends it. Otherwise it has room for
 * as long as the guest's has, as no copy is more than twice as long. True where there is no copy.
 */
export function hostGoesOn(length: u64): bool {
  return check != CHECK_HOST || hostPayload(length) >= 0;
}
