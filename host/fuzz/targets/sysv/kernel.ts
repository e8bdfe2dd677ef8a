/** The kernel's side of a sequence: the calls that the model describes, made, and the queues that come of them. */
import { EINVAL } from '../../../libc/errno.js';
import { native } from '../../../libc/native.js';
import type { QueueCalls } from './calls.js';
import { mapEdge } from './edge.js';
import type { QueueModel } from './model.js';
import {
  CALL,
  ID,
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  KEYS,
  KIND,
  MSG_STAT,
  MSG_STAT_ANY,
  MSQID,
  NO_ID,
  POINTER,
  SEQUENCE_BIT,
  SLOTS,
} from './numbers.js';

const NOBODY = -1;

export class KernelQueues {
  readonly #calls: QueueCalls;
  readonly #model: QueueModel;
  /** Native address of the model's memory. */
  readonly #base: number;
  readonly #edge = mapEdge();
  readonly #user = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  /** Ids by slots: of a queue that is there, or of the last one that was. */
  readonly #ids = new Int32Array(SLOTS).fill(NO_ID);
  readonly #isThere = new Uint8Array(SLOTS);
  /** All that may be left, as long as it is not removed. */
  readonly #made = new Set<number>();

  constructor(calls: QueueCalls, model: QueueModel) {
    this.#calls = calls;
    this.#model = model;
    this.#base = Number(native().koffi.address(model.lab.bytes));
  }

  /** Makes the call that the model has described; what it returns, or an errno below 0. */
  perform(kind: number): number {
    const result = this.#call(kind);
    return result < 0 ? -this.#calls.errno() : result;
  }

  /** Whether `id` is that of the slot, which is taken where there was no queue: then it must be nobody's. */
  takeId(slot: number, id: number): boolean {
    if (this.#isThere[slot] === 1) return this.#ids[slot] === id;
    for (let other = 0; other < SLOTS; other++) {
      if (this.#isThere[other] === 1 && this.#ids[other] === id) return false;
    }
    this.#ids[slot] = id;
    this.#isThere[slot] = 1;
    return true;
  }

  /** Has the kernel say what is in a queue: at `msqid` of the model. Whether it is there, as that queue. */
  look(slot: number): boolean {
    const id = this.#ids[slot] as number;
    return this.#calls.msgctl(id, MSG_STAT_ANY, this.#base + this.#model.msqid) === id;
  }

  /** A word of what it said (MSQID). */
  word(which: number): number {
    return this.#model.lab.ints[(this.#model.msqid >> 2) + which] as number;
  }

  /** Whether a queue is gone: its index may be another's by now. */
  isGone(slot: number): boolean {
    const { msgctl, errno } = this.#calls;
    return msgctl(this.#ids[slot] as number, IPC_STAT, this.#base + this.#model.msqid) < 0 && errno() === EINVAL;
  }

  /** Whether the type that came to the edge of memory is the one that is expected. */
  isTypeAtEdge(): boolean {
    const [low, high] = this.#edge.words;
    return low === this.#model.word(CALL.gotType) && high === this.#model.word(CALL.gotType + 1);
  }

  /** Removes every queue of the sequence. */
  clear(): void {
    for (const id of this.#made) this.#calls.msgctl(id, IPC_RMID, 0);
    this.#made.clear();
    this.#isThere.fill(0);
    this.#ids.fill(NO_ID);
  }

  close(): void {
    this.clear();
    this.#edge.close();
  }

  #call(kind: number): number {
    const model = this.#model;
    const calls = this.#calls;
    const flags = model.word(CALL.flags);
    switch (kind) {
      case KIND.msgsnd:
        return calls.msgsnd(this.#id(), this.#sentAt(), model.long(CALL.size), flags);
      case KIND.msgrcv:
        return calls.msgrcv(this.#id(), this.#at(model.received), model.long(CALL.size), model.long(CALL.type), flags);
      case KIND.msgget:
        return this.#get(KEYS[model.word(CALL.key)] as number, flags);
      case KIND.set:
        this.#writeMsqid(flags);
        return calls.msgctl(this.#id(), IPC_SET, this.#at(model.msqid));
      case KIND.remove:
        return this.#remove(this.#id());
      case KIND.stat:
        return calls.msgctl(this.#id(), IPC_STAT, this.#at(model.msqid));
      default:
        return calls.msgctl(this.#index(), kind === KIND.statIndex ? MSG_STAT : MSG_STAT_ANY, this.#at(model.msqid));
    }
  }

  #get(key: number, flags: number): number {
    const id = this.#calls.msgget(key, flags);
    if (id >= 0) this.#made.add(id);
    return id;
  }

  #remove(id: number): number {
    const result = this.#calls.msgctl(id, IPC_RMID, 0);
    if (result === 0) {
      this.#made.delete(id);
      this.#isThere[this.#model.word(CALL.slot)] = 0;
    }
    return result;
  }

  #id(): number {
    const id = this.#ids[this.#model.word(CALL.slot)] as number;
    const which = this.#model.word(CALL.id);
    return which === ID.own ? id : which === ID.negative ? -1 : id ^ SEQUENCE_BIT;
  }

  /** An id from which the index is taken. That of a queue that was removed may be another's by now. */
  #index(): number {
    const isThere = this.#isThere[this.#model.word(CALL.slot)] === 1;
    return isThere || this.#model.word(CALL.id) === ID.negative ? this.#id() : NO_ID;
  }

  #at(buffer: number): number {
    const pointer = this.#model.word(CALL.pointer);
    return pointer === POINTER.buffer ? this.#base + buffer : pointer === POINTER.none ? 0 : this.#edge.address;
  }

  #sentAt(): number {
    const { sent, lab } = this.#model;
    if (this.#model.word(CALL.pointer) === POINTER.edge) {
      this.#edge.words[0] = lab.ints[sent >> 2] as number;
      this.#edge.words[1] = lab.ints[(sent >> 2) + 1] as number;
    }
    return this.#at(sent);
  }

  #writeMsqid(mode: number): void {
    const { lab, msqid } = this.#model;
    const at = msqid >> 2;
    const isNobody = this.#model.word(CALL.noUser) === 1;
    lab.ints[at + MSQID.uid] = isNobody ? NOBODY : this.#user.uid;
    lab.ints[at + MSQID.gid] = this.#user.gid;
    lab.ints[at + MSQID.mode] = mode;
    lab.ints[at + MSQID.qbytes] = this.#model.word(CALL.size);
    lab.ints[at + MSQID.qbytes + 1] = this.#model.word(CALL.size + 1);
  }
}
