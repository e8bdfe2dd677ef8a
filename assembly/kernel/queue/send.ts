// msgsnd (ipc/msg.c ksys_msgsnd, do_msgsnd and msg_fits_inqueue; the text is copied by load_msg of ipc/msgutil.c).

import * as Call from './call';
import { EACCES, EAGAIN, EFAULT, EINVAL, WRITE } from './numbers';
import {
  CBYTES,
  IS_SENT,
  MESSAGE_SIZE,
  MTYPE,
  QBYTES,
  QNUM,
  SERIAL,
  SIZE,
  TYPE,
  call,
  isGranted,
  messagesAt,
  msgmax,
  nextSerial,
  queueAt,
  sentBuffer,
} from './state';

/** What the call returns; the queue is 0 where the id is none. Writes the msgbuf. */
export function send(queue: usize): i32 {
  const type = load<i64>(call, Call.TYPE);
  const size = load<i64>(call, Call.SIZE);
  const number = nextSerial();
  writeMessage(type, number);
  const there = Call.bytesThere();
  if (there < MTYPE) return -EFAULT;
  if (size < 0 || size > <i64>msgmax || load<u32>(call, Call.ID) == Call.NEGATIVE_ID) return -EINVAL;
  if (type < 1) return -EINVAL;
  if (<u64>size > there - MTYPE) return -EFAULT;
  if (queue == 0) return -EINVAL;
  if (!isGranted(queue, WRITE)) return -EACCES;
  if (!fits(queue, <u32>size)) return -EAGAIN;
  append(queue, type, <u32>size, number);
  return 0;
}

function fits(queue: usize, size: u32): bool {
  const qbytes = load<u32>(queue, QBYTES);
  return load<u32>(queue, CBYTES) + size <= qbytes && load<u32>(queue, QNUM) + 1 <= qbytes;
}

function append(queue: usize, type: i64, size: u32, number: u32): void {
  const count = load<u32>(queue, QNUM);
  const message = messagesAt(load<u32>(call, Call.SLOT)) + count * MESSAGE_SIZE;
  store<i64>(message, type, TYPE);
  store<u32>(message, size, SIZE);
  store<u32>(message, number, SERIAL);
  store<u32>(queue, count + 1, QNUM);
  store<u32>(queue, load<u32>(queue, CBYTES) + size, CBYTES);
  store<u32>(queue, 1, IS_SENT);
}

/** The text begins with the number of the message. */
function writeMessage(type: i64, number: u32): void {
  store<i64>(sentBuffer, type);
  store<u32>(sentBuffer, number, MTYPE);
}
