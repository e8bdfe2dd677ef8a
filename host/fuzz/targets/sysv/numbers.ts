/** Numbers of the system calls and of the model's description of a call (assembly/kernel/queue/call.ts, state.ts). */

// include/uapi/linux/ipc.h and msg.h
export const IPC_PRIVATE = 0;
export const IPC_RMID = 0;
export const IPC_SET = 1;
export const IPC_STAT = 2;
export const MSG_STAT = 11;
export const MSG_STAT_ANY = 13;
export const IPC_CREAT = 0o1000;
export const IPC_EXCL = 0o2000;
export const IPC_NOWAIT = 0o4000;
export const MSG_NOERROR = 0o10000;
export const MSG_EXCEPT = 0o20000;
export const MSG_COPY = 0o40000;
export const PERMISSIONS = 0o777;
/** An id: the sequence number of its index stands above, up to the highest bit but the sign. */
export const SEQUENCE_BIT = 0x4000_0000;
/** No queue gets that index. */
export const NO_ID = 0x7fff_ffff;

/** Keys by their numbers in the model. */
export const KEYS = [IPC_PRIVATE, 1, 0x7fff_ffff, -1] as const;

/** What is called; the numbers are the model's. */
export const KIND = {
  nothing: 0,
  msgsnd: 1,
  msgrcv: 2,
  msgget: 3,
  set: 4,
  remove: 5,
  stat: 6,
  statIndex: 7,
  statAny: 8,
} as const;

export const POINTER = { buffer: 0, none: 1, edge: 2 } as const;
export const ID = { own: 0, otherSequence: 1, negative: 2 } as const;

/** Words of the description of a call. */
export const CALL = {
  kind: 0,
  slot: 1,
  id: 2,
  pointer: 3,
  flags: 4,
  key: 5,
  size: 6,
  type: 8,
  noUser: 10,
  result: 11,
  resultSlot: 12,
  gotType: 14,
} as const;

/** Queues of the model, the words of each, and which they are. */
export const SLOTS = 4;
export const QUEUE_WORDS = 8;
export const QUEUE = { isThere: 0, qnum: 1, cbytes: 2, qbytes: 3, isSent: 4, isReceived: 5 } as const;

/**
 * struct msqid64_ds of 64-bit machines, in words (include/uapi/asm-generic/msgbuf.h, ipcbuf.h): the low half of what has
 * 64 bits, and the high half is next.
 */
export const MSQID = {
  uid: 1,
  gid: 2,
  mode: 5,
  stime: 12,
  rtime: 14,
  cbytes: 18,
  qnum: 20,
  qbytes: 22,
  lspid: 24,
  lrpid: 25,
} as const;
export const MSQID_SIZE = 120;
