// A frame: everything one sendmsg or recvmsg call needs, in four pages of linear memory. The host passes the kernel the
// native address of its msghdr; the kernel reads and writes these very bytes.
//
//      0  struct msghdr      56 bytes at most
//     64  struct iovec       16 bytes at most, pointing at the data buffer
//     80  summary            what readIncoming found, 11 x i32:
//                              0 descriptors   4 msg_flags   8 msg_controllen
//                             12 pid          16 uid        20 gid (credentials)
//                             24 1 = credentials came       28 pidfd or -1
//                             32 1 = the control data was malformed
//                             36 further messages: how many came that are none of these
//                             40 offset of the last sound message, -1 = there was none
//    124  shape              u32: what the control bytes that encodeOutgoing left hold, 0 = nothing yet
//    128  control            8064 bytes: SCM_RIGHTS of 253 (1032), credentials (32), a pidfd (24), timestamps, SCM_INQ,
//                            and a security label of a page, the longest that a security module may state
//   8192  descriptors        2048 x i32 from the start, and from the end backwards the offsets of the further messages
//                            (4 bytes of a descriptor, 12 of a header at least: the 8064 of control cannot fill it)
//  16384

import { E_ROOM } from '../base/status';
import { loadInt } from '../base/scalar';
import { dataOffsetOf, isBig, isLinux, rightsTypeOf, rowOf, solSocketOf } from '../abi/row';
import { spaceOf } from '../codec/cmsg';
import { putIovec, setIovecLength } from '../codec/iovec';
import { putMsghdr, readControllen, readFlags, setControllen } from '../codec/msghdr';
import { PARSE_END, PARSE_MESSAGE, readMessage } from '../codec/parse';
import { SCM_CREDENTIALS, putCredentials, readCredentials } from './credentials';
import { putRights, readRights, rightsSize, writeRights } from './rights';

/** A descriptor of the sender's process, which comes only with SO_PASSPIDFD; negative when it could not be opened. */
const SCM_PIDFD: i32 = 4;

const IOVEC_AT: usize = 64;
const SUMMARY_AT: usize = 80;
const SHAPE_AT: usize = 124;
const CONTROL_AT: usize = 128;
const CONTROL_ROOM: u32 = 8064;
const DESCRIPTORS_AT: usize = 8192;
const FRAME_SIZE: u32 = 16384;

/** SCM_MAX_FD, the most that Linux passes in one message (include/net/scm.h). */
const SCM_MAX_FD: u32 = 253;

/** Where readIncoming has one message at a time described. */
const MESSAGE: usize = memory.data(32);

/** Bytes of a frame; it should begin at a page of native memory. */
export function frameSize(): u32 {
  return FRAME_SIZE;
}

/**
 * Lays out the frame at `frame`, whose native address is `base` + frame, for the data buffer at `data` of linear
 * memory. The pointers in msghdr and iovec stay as written here; only lengths change from call to call.
 */
export function initFrame(abi: i32, frame: usize, data: usize, base: u64): void {
  memory.fill(frame, 0, frameSize());
  putIovec(abi, frame + IOVEC_AT, base + data, 0);
  putMsghdr(abi, frame, 0, 0, base + frame + IOVEC_AT, 1, base + frame + CONTROL_AT, 0, 0);
}

/**
 * Encodes a message of `size` data bytes with the first `count` ints of the frame's descriptors and, if
 * `credentials`, the pid, uid and gid of its summary. Returns msg_controllen, or E_ROOM. The kernel only reads these
 * bytes: after a message with as many descriptors, and no credentials, nothing but the descriptors is written anew.
 */
export function encodeOutgoing(abi: i32, frame: usize, size: u32, count: u32, credentials: bool): i32 {
  if (count > SCM_MAX_FD) return E_ROOM;
  setIovecLength(abi, frame + IOVEC_AT, size);
  const shape: u32 = credentials ? 0 : count + 1;
  if (shape != 0 && shape == load<u32>(frame, SHAPE_AT)) {
    if (count == 0) return 0;
    writeRights(abi, frame + CONTROL_AT + dataOffsetOf(rowOf(abi)), frame + DESCRIPTORS_AT, count);
    return <i32>spaceOf(rowOf(abi), rightsSize(count));
  }
  store<u32>(frame, shape, SHAPE_AT);
  const control = frame + CONTROL_AT;
  let used: i32 = 0;
  if (count > 0) {
    used = putRights(abi, control, CONTROL_ROOM, used, frame + DESCRIPTORS_AT, count, 0, false);
    if (used < 0) return used;
  }
  if (credentials) {
    const summary = frame + SUMMARY_AT;
    const pid = load<i32>(summary, 12);
    const uid = load<i32>(summary, 16);
    const gid = load<i32>(summary, 20);
    used = putCredentials(abi, control, CONTROL_ROOM, used, pid, uid, gid, 0, false);
    if (used < 0) return used;
  }
  setControllen(abi, frame, used);
  return used;
}

/**
 * Makes the frame ready to receive at most `size` data bytes, and whatever control messages there may be: the room is
 * that for everything, since what finds none the kernel closes within recvmsg, in the receiver's time, and says not
 * what it was. Returns that room.
 */
export function armIncoming(abi: i32, frame: usize, size: u32): i32 {
  setIovecLength(abi, frame + IOVEC_AT, size);
  setControllen(abi, frame, CONTROL_ROOM);
  return <i32>CONTROL_ROOM;
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
 * Reads what recvmsg left in the frame into its summary and its descriptors, and makes the frame ready for the next
 * message of as many data bytes. Never reads past what the kernel wrote. Returns the number of descriptors (a pidfd is
 * not counted).
 */
export function readIncoming(abi: i32, frame: usize): i32 {
  const row = rowOf(abi);
  const summary = frame + SUMMARY_AT;
  const written = readControllen(abi, frame);
  const controllen: u32 = written < CONTROL_ROOM ? <u32>written : CONTROL_ROOM;
  store<i32>(summary, readFlags(abi, frame), 4);
  store<i32>(summary, <i32>controllen, 8);
  store<i32>(summary, 0, 24);
  store<i32>(summary, -1, 28);
  store<i32>(summary, 0, 32);
  store<i32>(summary, -1, 40);

  const control = frame + CONTROL_AT;
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
        count += readRights(abi, data, size, frame + DESCRIPTORS_AT + (count << 2));
        isTaken = true;
      } else if (isLinux(row)) {
        if (type == SCM_CREDENTIALS) isTaken = takeCredentials(abi, data, size, summary);
        else if (type == SCM_PIDFD) isTaken = takePidfd(abi, data, size, summary);
      }
    }
    if (!isTaken) store<u32>(frame + FRAME_SIZE - (<usize>++further << 2), at);
    store<u32>(summary, at, 40);
    at = load<u32>(MESSAGE, 24);
  }
  store<i32>(summary, count);
  store<i32>(summary, further, 36);
  // Last: a stack that overflows within this function leaves what came to be read again.
  setControllen(abi, frame, CONTROL_ROOM);
  return <i32>count;
}
