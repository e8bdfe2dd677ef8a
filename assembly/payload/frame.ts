// A frame: everything one sendmsg or recvmsg call needs, in one page of linear memory. The host passes the kernel the
// native address of its msghdr; the kernel reads and writes these very bytes.
//
//      0  struct msghdr      56 bytes at most
//     64  struct iovec       16 bytes at most, pointing at the data buffer
//     80  summary            what readIncoming found, 9 x i32:
//                              0 descriptors   4 msg_flags   8 msg_controllen
//                             12 pid          16 uid        20 gid (credentials)
//                             24 1 = credentials came       28 pidfd or -1
//                             32 1 = the control data was malformed
//    116  shape              u32: what the control bytes that encodeOutgoing left hold, 0 = nothing yet
//    128  control            1920 bytes: SCM_RIGHTS of 253 (1032), credentials (32), and room to spare
//   2048  descriptors        512 x i32: more than 1920 bytes of control can hold
//   4096

import { E_ROOM } from '../base/status';
import { loadInt } from '../base/scalar';
import { isBig, rowOf, solSocketOf } from '../abi/row';
import { cmsgLen, cmsgSpace } from '../codec/cmsg';
import { putIovec, setIovecLength } from '../codec/iovec';
import { putMsghdr, readControllen, readFlags, setControllen } from '../codec/msghdr';
import { PARSE_END, PARSE_MESSAGE, readMessage } from '../codec/parse';
import { SCM_CREDENTIALS, credentialsSize, putCredentials, readCredentials } from './credentials';
import { SCM_RIGHTS, putRights, readRights, rightsSize, writeRights } from './rights';

/** A descriptor of the sender's process, which comes only with SO_PASSPIDFD; negative when it could not be opened. */
const SCM_PIDFD: i32 = 4;

const IOVEC_AT: usize = 64;
const SUMMARY_AT: usize = 80;
const SHAPE_AT: usize = 116;
const CONTROL_AT: usize = 128;
const CONTROL_ROOM: u32 = 1920;
const DESCRIPTORS_AT: usize = 2048;

/** SCM_MAX_FD, the most that Linux passes in one message (include/net/scm.h). */
const SCM_MAX_FD: u32 = 253;

/** Where readIncoming has one message at a time described. */
const MESSAGE: usize = memory.data(32);

/** Bytes of a frame; it should begin at a page of native memory. */
export function frameSize(): u32 {
  return 4096;
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
    writeRights(abi, frame + CONTROL_AT + cmsgLen(abi, 0), frame + DESCRIPTORS_AT, count);
    return <i32>cmsgSpace(abi, rightsSize(count));
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
 * Makes the frame ready to receive at most `size` data bytes, `count` descriptors and, if `credentials`, credentials.
 * The control room is exact (CMSG_LEN, not CMSG_SPACE, for the descriptors): the padding of an odd number would
 * otherwise admit one descriptor more than was asked for. Returns that room.
 */
export function armIncoming(abi: i32, frame: usize, size: u32, count: u32, credentials: bool): i32 {
  if (count > SCM_MAX_FD) return E_ROOM;
  let room: u32 = credentials ? cmsgSpace(abi, credentialsSize()) : 0;
  if (count > 0) room += cmsgLen(abi, rightsSize(count));
  setIovecLength(abi, frame + IOVEC_AT, size);
  setControllen(abi, frame, room);
  return <i32>room;
}

/**
 * Reads what recvmsg left in the frame into its summary and its descriptors. Never reads past what the kernel wrote.
 * Returns the number of descriptors (a pidfd is not counted).
 */
export function readIncoming(abi: i32, frame: usize): i32 {
  const summary = frame + SUMMARY_AT;
  const written = readControllen(abi, frame);
  const controllen: u32 = written < CONTROL_ROOM ? <u32>written : CONTROL_ROOM;
  store<i32>(summary, readFlags(abi, frame), 4);
  store<i32>(summary, <i32>controllen, 8);
  store<i32>(summary, 0, 24);
  store<i32>(summary, -1, 28);
  store<i32>(summary, 0, 32);

  const row = rowOf(abi);
  const control = frame + CONTROL_AT;
  let count: u32 = 0;
  let at: u32 = 0;
  while (true) {
    const status = readMessage(abi, control, controllen, at, MESSAGE);
    if (status != PARSE_MESSAGE) {
      if (status != PARSE_END) store<i32>(summary, 1, 32);
      break;
    }
    const type = load<i32>(MESSAGE, 12);
    const data = control + load<u32>(MESSAGE, 16);
    const size = load<u32>(MESSAGE, 20);
    if (load<i32>(MESSAGE, 8) == solSocketOf(row)) {
      if (type == SCM_RIGHTS) {
        count += readRights(abi, data, size, frame + DESCRIPTORS_AT + (count << 2));
      } else if (type == SCM_CREDENTIALS) {
        if (readCredentials(abi, data, size, summary + 12) == 0) store<i32>(summary, 1, 24);
      } else if (type == SCM_PIDFD && size == 4) {
        store<i32>(summary, loadInt(data, isBig(row)), 28);
      }
    }
    at = load<u32>(MESSAGE, 24);
  }
  store<i32>(summary, count);
  return <i32>count;
}
