// msgrcv (ipc/msg.c do_msgrcv, convert_mode, find_msg and do_msg_fill; MSG_COPY is prepare_copy there and copy_msg of
// ipc/msgutil.c).

import * as Call from './call';
import {
  E2BIG,
  EACCES,
  EFAULT,
  EINVAL,
  ENOMSG,
  ENOSYS,
  IPC_NOWAIT,
  MSG_COPY,
  MSG_EXCEPT,
  MSG_NOERROR,
  READ,
} from './numbers';
import {
  CBYTES,
  IS_RECEIVED,
  MESSAGE_SIZE,
  MTYPE,
  QNUM,
  SERIAL,
  SIZE,
  TYPE,
  WIPED,
  call,
  hasCopy,
  isGranted,
  messagesAt,
  msgmax,
  queueAt,
  receivedBuffer,
  sentBuffer,
} from './state';

/** What the call returns; the queue is 0 where the id is none. */
export function receive(queue: usize): i32 {
  const size = load<i64>(call, Call.SIZE);
  const flags = load<u32>(call, Call.FLAGS);
  const there = Call.bytesThere();
  if (size < 0 || load<u32>(call, Call.ID) == Call.NEGATIVE_ID) return -EINVAL;
  const isCopy = (flags & MSG_COPY) != 0;
  // What is copied to is copied from before, and from where mtype will stand.
  const copied = min<u64>(<u64>size, msgmax);
  if (isCopy) {
    if (flags & MSG_EXCEPT || !(flags & IPC_NOWAIT)) return -EINVAL;
    if (!hasCopy) return -ENOSYS;
    if (copied > there) return -EFAULT;
  }
  if (queue == 0) return -EINVAL;
  if (!isGranted(queue, READ)) return -EACCES;
  const place = findMessage(queue, load<i64>(call, Call.TYPE), flags);
  if (place < 0) return -ENOMSG;
  const message = messagesAt(load<u32>(call, Call.SLOT)) + place * MESSAGE_SIZE;
  const whole = load<u32>(message, SIZE);
  if (<u64>size < whole && !(flags & MSG_NOERROR)) return -E2BIG;
  if (isCopy && copied < whole) return -EINVAL;
  return take(queue, message, min<u64>(<u64>size, whole), !isCopy);
}

/** The place of the message that is meant, or -1. */
function findMessage(queue: usize, type: i64, flags: u32): i32 {
  const count = load<u32>(queue, QNUM);
  // A position, from 0 on.
  if (flags & MSG_COPY) return type >= 0 && type < <i64>count ? <i32>type : -1;
  if (type == 0) return count > 0 ? 0 : -1;
  const list = messagesAt(load<u32>(call, Call.SLOT));
  if (type < 0) return findLeast(list, count, type == i64.MIN_VALUE ? i64.MAX_VALUE : -type);
  const isOther = (flags & MSG_EXCEPT) != 0;
  for (let i: u32 = 0; i < count; i++) {
    if ((load<i64>(list + i * MESSAGE_SIZE, TYPE) == type) != isOther) return i;
  }
  return -1;
}

/** The oldest of the smallest type up to `most`. */
function findLeast(list: usize, count: u32, most: i64): i32 {
  let found: i32 = -1;
  let least: i64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const type = load<i64>(list + i * MESSAGE_SIZE, TYPE);
    if (type > most || (found >= 0 && type >= least)) continue;
    found = i;
    least = type;
  }
  return found;
}

/** Takes a message out, where it is not only looked at, before it is copied to the caller: what cannot be is gone. */
function take(queue: usize, message: usize, size: u64, isRemoved: bool): i32 {
  const type = load<i64>(message, TYPE);
  const number = load<u32>(message, SERIAL);
  if (isRemoved) {
    const count = load<u32>(queue, QNUM) - 1;
    const end = messagesAt(load<u32>(call, Call.SLOT)) + count * MESSAGE_SIZE;
    store<u32>(queue, count, QNUM);
    store<u32>(queue, load<u32>(queue, CBYTES) - load<u32>(message, SIZE), CBYTES);
    store<u32>(queue, 1, IS_RECEIVED);
    memory.copy(message, message + MESSAGE_SIZE, end - message);
  }
  const there = Call.bytesThere();
  if (there < MTYPE || size > there - MTYPE) return -EFAULT;
  store<u32>(call, number, Call.GOT_SERIAL);
  store<i64>(call, type, Call.GOT_TYPE);
  return <i32>size;
}

/** What of a received msgbuf is as the model has it. */
const SAME: i32 = 0;
const OTHER_TYPE: i32 = 1;
const OTHER_BYTES: i32 = 2;
const BEYOND: i32 = 3;

/**
 * Compares the msgbuf that was received with the one that is expected, and wipes it: 0, or 1 for another type, 2 for other
 * bytes, 3 for bytes behind its end that were written.
 */
export function queueCheckReceived(): i32 {
  const size = <u32>load<i32>(call, Call.RESULT);
  const result = compareReceived(size);
  // What lies beyond may have been written, too.
  memory.fill(receivedBuffer, WIPED, MTYPE + (result == SAME ? size : msgmax));
  return result;
}

function compareReceived(size: u32): i32 {
  if (load<i64>(receivedBuffer) != load<i64>(call, Call.GOT_TYPE)) return OTHER_TYPE;
  const text = receivedBuffer + MTYPE;
  const own = sentBuffer + MTYPE;
  store<u32>(own, load<u32>(call, Call.GOT_SERIAL));
  let at: u32 = 0;
  for (; at + 8 <= size; at += 8) if (load<u64>(text + at) != load<u64>(own + at)) return OTHER_BYTES;
  for (; at < size; at++) if (load<u8>(text + at) != load<u8>(own + at)) return OTHER_BYTES;
  for (let i: u32 = 0; i < 16; i++) if (load<u8>(text + size + i) != WIPED) return BEYOND;
  return SAME;
}
