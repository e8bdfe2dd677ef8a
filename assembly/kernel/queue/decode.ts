// An operation is four bytes, so that a sequence of them is an input, and stays one whatever is left out of it:
//
//   byte 0, low half    what: 0-4 msgsnd, 5-9 msgrcv, 10-11 msgget, 12 IPC_SET, 13 IPC_RMID, 14 a stat, 15 msgrcv
//   byte 0, high half   which queue: 0-5 q0, 6-9 q1, 10-11 q2, 12-13 q3, 14 an id of q0 with another sequence number, 15 -1
//
//                msgsnd         msgrcv         msgget                 IPC_SET        stat
//   byte 1       type           type           key: & 3               who and where  which: & 3
//   byte 2       size           size           mode                   msg_qbytes     -
//   byte 3       flags, where   flags, where   1: without IPC_CREAT,  mode           where
//                                              2: IPC_EXCL
//
//   types        from 224 on those of TYPES, below them small ones, from 1 to 6, or to be received 0 to 7 and -1 to -6
//   sizes        below 112 as they are; from 112 on 0 to 3, from 192 on 0 to 15; from 240 on those of SIZES, and the limits
//   flags        of the low half 1: MSG_NOERROR, 2: MSG_EXCEPT, 12: MSG_COPY
//   where        of the high half 13: without IPC_NOWAIT, if MSG_COPY; 14: at the edge of memory, 15: NULL
//   mode         below 192 0600, else one of MODES
//   who, where   from 192 on no user, from 244 on at the edge, from 250 on NULL
//
// A call that could wait gets IPC_NOWAIT. Zeros are msgsnd(q0, type 1, 0 bytes).

import * as Call from './call';
import { IPC_CREAT, IPC_EXCL, IPC_NOWAIT, MSG_COPY, MSG_EXCEPT, MSG_NOERROR } from './numbers';
import { call, msgmax, msgmnb } from './state';

const SPECIAL_TYPES: u32 = 224;
const TYPES: usize = memory.data<i64>([
  0, -1, -2, -7, 7, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000, 0x1_0000_0001, -0x8000_0000, -0x1_0000_0002,
  0x7fff_ffff_ffff_ffff, 0x7fff_ffff_ffff_fffe, -0x7fff_ffff_ffff_ffff, -0x8000_0000_0000_0000,
]);
/** Few bytes are likely: so queues are full of few messages, and of those without bytes. */
const TINY_SIZES: u32 = 112;
const SMALL_SIZES: u32 = 192;
const SPECIAL_SIZES: u32 = 240;
/** Where a message gets one more part (DATALEN_MSG, DATALEN_SEG of ipc/msgutil.c), and what is no size. */
const SIZES: usize = memory.data<i64>([
  4047, 4048, 4049, 8136, 8137, 0x7fff_ffff, 0x8000_0000, 0x1_0000_0000, 0x1_0000_0003, -1, -0x8000_0000_0000_0000,
]);
const SIZES_COUNT: u32 = 11;
const NO_USER: u32 = 192;
const AT_EDGE: u32 = 244;
const AT_NULL: u32 = 250;
const SPECIAL_MODES: u32 = 176;
const MODES: usize = memory.data<u16>([0o600, 0o400, 0o200, 0o000, 0o060, 0o477, 0o277, 0o006]);

/** Writes the call that the operation at `at` is; what is expected is nothing yet. */
export function decodeOperation(at: usize): void {
  const first = load<u8>(at);
  memory.fill(call, 0, 96);
  store<i32>(call, -1, Call.RESULT_SLOT);
  decodeQueue(first >> 4);
  const what = first & 15;
  if (what < 5) decodeMessage(at, Call.MSGSND);
  else if (what < 10 || what == 15) decodeMessage(at, Call.MSGRCV);
  else if (what < 12) decodeGet(at);
  else if (what == 12) decodeSet(at);
  else if (what == 13) store<u32>(call, Call.IPC_RMID, Call.KIND);
  else decodeStat(at);
}

function decodeQueue(which: u32): void {
  const slot: u32 = which < 6 ? 0 : which < 10 ? 1 : which < 12 ? 2 : which < 14 ? 3 : 0;
  store<u32>(call, slot, Call.SLOT);
  store<u32>(call, which == 14 ? Call.OTHER_SEQUENCE : which == 15 ? Call.NEGATIVE_ID : Call.OWN_ID, Call.ID);
}

function decodeMessage(at: usize, kind: u32): void {
  const flags = load<u8>(at, 3);
  const isCopy = (flags & 12) == 12;
  const where = flags >> 4;
  store<u32>(call, kind, Call.KIND);
  store<i64>(call, decodeType(load<u8>(at, 1), kind), Call.TYPE);
  store<i64>(call, decodeSize(load<u8>(at, 2)), Call.SIZE);
  store<u32>(call, where == 15 ? Call.NO_BUFFER : where == 14 ? Call.EDGE : Call.BUFFER, Call.POINTER);
  let bits: u32 = 0;
  if (flags & 1) bits |= MSG_NOERROR;
  if (flags & 2) bits |= MSG_EXCEPT;
  if (isCopy) bits |= MSG_COPY;
  if (!(kind == Call.MSGRCV && isCopy && where == 13)) bits |= IPC_NOWAIT;
  store<u32>(call, bits, Call.FLAGS);
}

function decodeType(byte: u32, kind: u32): i64 {
  if (byte >= SPECIAL_TYPES) return load<i64>(TYPES + ((byte & 15) << 3));
  if (kind == Call.MSGSND) return 1 + (byte % 6);
  const small = <i64>(byte % 14);
  return small < 8 ? small : 7 - small;
}

function decodeSize(byte: u32): i64 {
  if (byte < TINY_SIZES) return byte;
  if (byte < SMALL_SIZES) return byte & 3;
  if (byte < SPECIAL_SIZES) return byte & 15;
  const which = byte - SPECIAL_SIZES;
  if (which < SIZES_COUNT) return load<i64>(SIZES + (which << 3));
  if (which == 11) return msgmax;
  if (which == 12) return <i64>msgmax + 1;
  if (which == 13) return msgmnb;
  return which == 14 ? <i64>msgmnb + 1 : <i64>(msgmnb >> 1);
}

function decodeMode(byte: u32): u32 {
  return byte < SPECIAL_MODES ? 0o600 : load<u16>(MODES + ((byte & 7) << 1));
}

function decodeGet(at: usize): void {
  const flags = load<u8>(at, 3);
  let bits = decodeMode(load<u8>(at, 2));
  if (!(flags & 1)) bits |= IPC_CREAT;
  if (flags & 2) bits |= IPC_EXCL;
  store<u32>(call, Call.MSGGET, Call.KIND);
  store<u32>(call, load<u8>(at, 1) & 3, Call.KEY);
  store<u32>(call, bits, Call.FLAGS);
}

function decodeSet(at: usize): void {
  const who = load<u8>(at, 1);
  store<u32>(call, Call.IPC_SET, Call.KIND);
  store<u32>(call, who >= NO_USER && who < AT_EDGE ? 1 : 0, Call.NO_USER);
  store<u32>(call, who >= AT_NULL ? Call.NO_BUFFER : who >= AT_EDGE ? Call.EDGE : Call.BUFFER, Call.POINTER);
  store<i64>(call, decodeSize(load<u8>(at, 2)), Call.SIZE);
  store<u32>(call, decodeMode(load<u8>(at, 3)), Call.FLAGS);
}

function decodeStat(at: usize): void {
  const which = load<u8>(at, 1) & 3;
  const where = load<u8>(at, 3) >> 4;
  store<u32>(call, which < 2 ? Call.IPC_STAT : which == 2 ? Call.MSG_STAT : Call.MSG_STAT_ANY, Call.KIND);
  store<u32>(call, where == 15 ? Call.NO_BUFFER : where == 14 ? Call.EDGE : Call.BUFFER, Call.POINTER);
}
