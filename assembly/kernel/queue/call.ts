// The call that an operation is, and what the model expects of it: what the host reads, 32-bit words but for size and type.

import { call } from './state';

/** What is called. */
export const NOTHING: u32 = 0;
export const MSGSND: u32 = 1;
export const MSGRCV: u32 = 2;
export const MSGGET: u32 = 3;
export const IPC_SET: u32 = 4;
export const IPC_RMID: u32 = 5;
export const IPC_STAT: u32 = 6;
export const MSG_STAT: u32 = 7;
export const MSG_STAT_ANY: u32 = 8;

/** Which id the call gets: that of the slot's queue, or of the one that was there before; or one that is no queue's. */
export const OWN_ID: u32 = 0;
/** The same index with another sequence number. */
export const OTHER_SEQUENCE: u32 = 1;
export const NEGATIVE_ID: u32 = 2;

/** What it points to: a buffer, NULL, or the last bytes in front of memory that nobody may touch. */
export const BUFFER: u32 = 0;
export const NO_BUFFER: u32 = 1;
export const EDGE: u32 = 2;
/** Bytes that are there at EDGE: a type, and no text. */
export const EDGE_BYTES: u64 = 8;

// Offsets.
export const KIND: usize = 0;
export const SLOT: usize = 4;
export const ID: usize = 8;
export const POINTER: usize = 12;
/** Flags of msgsnd, msgrcv and msgget; the mode of IPC_SET. */
export const FLAGS: usize = 16;
/** Which key, from 1 on; 0 is IPC_PRIVATE. */
export const KEY: usize = 20;
/** msgsz, or msg_qbytes of IPC_SET: i64. */
export const SIZE: usize = 24;
/** msgtyp, or mtype: i64. */
export const TYPE: usize = 32;
/** 1 where IPC_SET names a user that there cannot be. */
export const NO_USER: usize = 40;

// What the model expects: a result, or an errno below 0;
export const RESULT: usize = 44;
/** the slot whose queue's id the result is, -1 where it is none; */
export const RESULT_SLOT: usize = 48;
/** of a message that is received its number (0 for none), its type, and how many bytes of it come. */
export const GOT_SERIAL: usize = 52;
export const GOT_TYPE: usize = 56;

/** The bytes that the call may touch where it points to. */
export function bytesThere(): u64 {
  const pointer = load<u32>(call, POINTER);
  return pointer == BUFFER ? u64.MAX_VALUE : pointer == EDGE ? EDGE_BYTES : 0;
}
