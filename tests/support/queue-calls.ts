/** Operations of the model of queues as bytes (assembly/kernel/queue/decode.ts), named as a test wants them. */

/** High halves of the first byte. */
const QUEUES = [0, 6, 10, 12] as const;
const NOERROR = 1;
const EXCEPT = 2;
const COPY = 12;
export const FLAGS = { NOERROR, EXCEPT, COPY, WAITS: 13 << 4, EDGE: 14 << 4, NULL: 15 << 4 } as const;
/** Bytes of types and sizes that are written as themselves nowhere. */
export const TYPE = { zero: 224, minus7: 227, two32: 232, longMax: 236, longMin: 239 } as const;
export const SIZE = {
  wholePart: 241,
  max: 251,
  aboveMax: 252,
  mnb: 253,
  aboveMnb: 254,
  half: 255,
  two32: 247,
  minus1: 249,
} as const;
export const MODE = { all: 0, read: 193, write: 194, none: 195 } as const;

const first = (what: number, queue: number) => what | ((QUEUES[queue] as number) << 4);

/** msgsnd; `type` from 1 to 6, or the byte of another. */
export const send = (type: number, size: number, flags = 0, queue = 0) => [
  first(0, queue),
  type < 7 ? type - 1 : type,
  size,
  flags,
];
/** msgrcv; `type` from -6 to 7, or the byte of another. */
export const receive = (type: number, size = 100, flags = 0, queue = 0) => [
  first(5, queue),
  type < 0 ? 7 - type : type,
  size,
  flags,
];
/** msgget; `flags` 1: without IPC_CREAT, 2: IPC_EXCL. */
export const get = (key: number, mode = 0, flags = 0) => [10, key, mode, flags];
export const set = (qbytes: number, mode = 0, who = 0) => [12, who, qbytes, mode];
export const remove = (queue = 0) => [first(13, queue), 0, 0, 0];
/** IPC_STAT, 2: MSG_STAT, 3: MSG_STAT_ANY. */
export const stat = (which = 0, flags = 0, queue = 0) => [first(14, queue), which, 0, flags];

/** Of an operation on q0 the same with another id. */
export const otherSequence = ([what = 0, ...rest]: readonly number[]) => [what | 0xe0, ...rest];
export const negativeId = ([what = 0, ...rest]: readonly number[]) => [what | 0xf0, ...rest];
