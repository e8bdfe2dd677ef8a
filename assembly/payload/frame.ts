// What one sendmsg or recvmsg needs lies in stretches of linear memory, wherever the host puts them, so that arrays of
// them serve sendmmsg and recvmmsg: a struct msghdr, iovecs, a name, control bytes, data. The kernel reads and writes
// these very bytes. What is found there, and what is to be written there, stands in one more, which one message after the
// other may use:
//
//      0  summary            11 x i32:
//                              0 descriptors   4 msg_flags   8 msg_controllen
//                             12 pid          16 uid        20 gid (credentials)
//                             24 1 = credentials came       28 pidfd or -1
//                             32 1 = the control data was malformed
//                             36 further messages: how many came that are none of these
//                             40 offset of the last sound message, -1 = there was none
//     44  shape              u32: what the control bytes that encodeOutgoing left hold: 1 + so many descriptors and nothing
//                            else, or 0
//     48  (the host's)
//     64  descriptors        2048 x i32 from the start, and from the end backwards the offsets of the further messages
//                            (4 bytes of a descriptor, 12 of a header at least: 8064 bytes of control cannot fill it)
//   8256

import { E_ROOM } from '../base/status';
import { loadInt } from '../base/scalar';
import { dataOffsetOf, isBig, isLinux, rightsTypeOf, rowOf, solSocketOf } from '../abi/row';
import { spaceOf } from '../codec/cmsg';
import { readControllen, readFlags, setControllen } from '../codec/msghdr';
import { PARSE_END, PARSE_MESSAGE, readMessage } from '../codec/parse';
import { SCM_CREDENTIALS, putCredentials, readCredentials } from './credentials';
import { putRights, readRights, rightsSize, writeRights } from './rights';

/** A descriptor of the sender's process, which comes only with SO_PASSPIDFD; negative when it could not be opened. */
const SCM_PIDFD: i32 = 4;

const SHAPE_AT: usize = 44;
const DESCRIPTORS_AT: usize = 64;
const SUMMARY_SIZE: u32 = 8256;

/** SCM_MAX_FD, the most that Linux passes in one message (include/net/scm.h). */
const SCM_MAX_FD: u32 = 253;

/** Where readIncoming has one message at a time described. */
const MESSAGE: usize = memory.data(32);

/** Bytes of a summary with its descriptors. */
export function summarySize(): u32 {
  return SUMMARY_SIZE;
}

/**
 * Encodes the first `count` ints of the summary's descriptors and, if `credentials`, its pid, uid and gid into the
 * `room` bytes at `control`, and notes in `msghdr` how many that are. Returns msg_controllen, or E_ROOM. The kernel only
 * reads these bytes: after a message with as many descriptors, and no credentials, nothing but the descriptors is
 * written anew.
 */
export function encodeOutgoing(
  abi: i32,
  msghdr: usize,
  control: usize,
  room: u32,
  summary: usize,
  count: u32,
  credentials: bool,
): i32 {
  if (count > SCM_MAX_FD) return E_ROOM;
  const shape: u32 = credentials ? 0 : count + 1;
  if (shape != 0 && shape == load<u32>(summary, SHAPE_AT)) {
    if (count == 0) return 0;
    writeRights(abi, control + dataOffsetOf(rowOf(abi)), summary + DESCRIPTORS_AT, count);
    return <i32>spaceOf(rowOf(abi), rightsSize(count));
  }
  store<u32>(summary, 0, SHAPE_AT);
  let used: i32 = 0;
  if (count > 0) {
    used = putRights(abi, control, room, used, summary + DESCRIPTORS_AT, count);
    if (used < 0) return used;
  }
  if (credentials) {
    const pid = load<i32>(summary, 12);
    const uid = load<i32>(summary, 16);
    const gid = load<i32>(summary, 20);
    used = putCredentials(abi, control, room, used, pid, uid, gid);
    if (used < 0) return used;
  }
  setControllen(abi, msghdr, used);
  store<u32>(summary, shape, SHAPE_AT);
  return used;
}

/** Notes credentials in the summary, if they are sound and the first. */
function takeCredentials(abi: i32, data: usize, size: u32, summary: usize): bool {
  if (load<i32>(summary, 24) != 0 || readCredentials(abi, data, size, summary + 12) != 0) return false;
  store<i32>(summary, 1, 24);
  return true;
}

/** Notes a pidfd in the summary, if it is one and the first: the kernel may state a negative errno instead. */
function takePidfd(abi: i32, data: usize, size: u32, summary: usize): bool {
  if (size != 4 || load<i32>(summary, 28) >= 0) return false;
  const pidfd = loadInt(data, isBig(rowOf(abi)));
  if (pidfd < 0) return false;
  store<i32>(summary, pidfd, 28);
  return true;
}

/**
 * Reads what recvmsg left in `msghdr` and in the `room` bytes at `control` into the summary and its descriptors, and
 * makes `msghdr` ready for the next message. Never reads past what the kernel wrote. Returns the number of descriptors
 * (a pidfd is not counted).
 */
export function readIncoming(abi: i32, msghdr: usize, control: usize, room: u32, summary: usize): i32 {
  const row = rowOf(abi);
  const written = readControllen(abi, msghdr);
  const controllen: u32 = written < <u64>room ? <u32>written : room;
  store<i32>(summary, readFlags(abi, msghdr), 4);
  store<i32>(summary, <i32>controllen, 8);
  store<i32>(summary, 0, 24);
  store<i32>(summary, -1, 28);
  store<i32>(summary, 0, 32);
  store<i32>(summary, -1, 40);

  let count: u32 = 0;
  let further: i32 = 0;
  let at: u32 = 0;
  while (true) {
    const status = readMessage(abi, control, controllen, at, MESSAGE);
    if (status != PARSE_MESSAGE) {
      if (status != PARSE_END) store<i32>(summary, 1, 32);
      break;
    }
    const data = control + load<u32>(MESSAGE, 16);
    const size = load<u32>(MESSAGE, 20);
    const type = load<i32>(MESSAGE, 12);
    let isTaken = false;
    if (load<i32>(MESSAGE, 8) == solSocketOf(row)) {
      if (type == rightsTypeOf(row)) {
        count += readRights(abi, data, size, summary + DESCRIPTORS_AT + (count << 2));
        isTaken = true;
      } else if (isLinux(row)) {
        if (type == SCM_CREDENTIALS) isTaken = takeCredentials(abi, data, size, summary);
        else if (type == SCM_PIDFD) isTaken = takePidfd(abi, data, size, summary);
      }
    }
    if (!isTaken) store<u32>(summary + SUMMARY_SIZE - (<usize>++further << 2), at);
    store<u32>(summary, at, 40);
    at = load<u32>(MESSAGE, 24);
  }
  store<i32>(summary, count);
  store<i32>(summary, further, 36);
  // Last: a stack that overflows within this function leaves what came to be read again.
  setControllen(abi, msghdr, room);
  return <i32>count;
}
