import { type LabInstance, labInstance } from '../../../wasm/lab.js';
import type { QueueLimits } from './limits.js';
import { CALL, MSQID_SIZE, QUEUE_WORDS } from './numbers.js';

/** Most bytes of an input, and so operations: the model has no room for more messages. */
export const INPUT_ROOM = 4096;
/** 640 KiB: the module, queues, and two messages of the longest. */
const PAGES = 12;
const ALIGN = 16;
/** What every sequence begins with: q0 = msgget(IPC_PRIVATE, IPC_CREAT | 0600). */
const OPENING = [10, 0, 0, 0] as const;

/** The model, with the memory that the system calls read and write. */
export class QueueModel {
  readonly lab: LabInstance;
  /** Bytes of an operation. */
  readonly operationSize: number;
  /** Offsets in memory: msgbufs, and a struct msqid_ds. */
  readonly sent: number;
  readonly received: number;
  readonly msqid: number;
  readonly limits: QueueLimits;
  readonly #input: number;
  /** Of the call, and of the first queue, as indices of words. */
  readonly #call: number;
  readonly #queues: number;
  readonly #longs: BigInt64Array;

  constructor(limits: QueueLimits, hasCopy: boolean, lab: LabInstance = labInstance(PAGES)) {
    this.lab = lab;
    this.limits = limits;
    const { exports, arena, bytes } = lab;
    const space = arena.reserve(exports.queueSpace(limits.msgmax), ALIGN);
    exports.queueBegin(space, limits.msgmax, limits.msgmnb, limits.msgmni, hasCopy ? 1 : 0);
    this.operationSize = exports.queueOperationSize();
    this.sent = exports.queueSent();
    this.received = exports.queueReceived();
    this.msqid = arena.reserve(MSQID_SIZE, ALIGN);
    this.#input = arena.reserve(OPENING.length + INPUT_ROOM, ALIGN);
    bytes.set(OPENING, this.#input);
    this.#call = exports.queueCall() >> 2;
    this.#queues = exports.queueStates() >> 2;
    this.#longs = new BigInt64Array(bytes.buffer);
  }

  /** Begins without queues; returns how many operations the input is, with the one that every sequence begins with. */
  begin(input: Uint8Array): number {
    const { bytes, exports } = this.lab;
    bytes.set(input, this.#input + OPENING.length);
    exports.queueReset();
    return 1 + Math.floor(input.length / this.operationSize);
  }

  /** Does the operation of that number; what is called, 0 for nothing. */
  step(operation: number): number {
    return this.lab.exports.queueStep(this.#input + operation * this.operationSize);
  }

  /** A word of the description of the call (CALL). */
  word(which: number): number {
    return this.lab.ints[this.#call + which] as number;
  }

  /** A long of it: a number where that is exact, which it nearly always is. */
  long(which: number): number | bigint {
    const at = this.#call + which;
    const low = this.lab.ints[at] as number;
    return this.lab.ints[at + 1] === low >> 31 ? low : (this.#longs[at >> 1] as bigint);
  }

  /** A word of a queue (QUEUE). */
  queue(slot: number, which: number): number {
    return this.lab.ints[this.#queues + slot * QUEUE_WORDS + which] as number;
  }

  /** What is expected: a result, or an errno below 0. */
  get result(): number {
    return this.word(CALL.result);
  }
}
