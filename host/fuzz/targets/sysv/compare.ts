/** What the kernel did beside what the model expects: the first thing in which they part. */
import { errnoName } from '../../../libc/errno.js';
import type { KernelQueues } from './kernel.js';
import type { QueueModel } from './model.js';
import { CALL, KIND, MSQID, POINTER, QUEUE, SLOTS } from './numbers.js';

/** A class of findings, and what it is in words. */
export interface Parting {
  readonly class: string;
  readonly model: string;
  readonly kernel: string;
}

/** What queueCheckReceived() says (assembly/kernel/queue/receive.ts). */
const RECEIVED = ['', 'type', 'bytes', 'beyond'] as const;
const RECEIVED_TEXTS = {
  type: ['the type that was sent', 'another type'],
  bytes: ['the bytes that were sent', 'other bytes'],
  beyond: ['nothing behind the text', 'bytes behind the text'],
} as const;

/** Numbers of a queue that must be the same. */
const COUNTS = [
  ['qnum', QUEUE.qnum, MSQID.qnum],
  ['cbytes', QUEUE.cbytes, MSQID.cbytes],
  ['qbytes', QUEUE.qbytes, MSQID.qbytes],
] as const;

/** By the name of a call. */
const NAMES = Object.fromEntries(Object.entries(KIND).map(([name, kind]) => [kind, name]));
const CALL_NAMES: Readonly<Record<string, string>> = {
  set: 'IPC_SET',
  remove: 'IPC_RMID',
  stat: 'IPC_STAT',
  statIndex: 'MSG_STAT',
  statAny: 'MSG_STAT_ANY',
};

/** How a call is named in a class: `msgsnd`, `IPC_SET`. */
export function nameOfCall(kind: number): string {
  const name = NAMES[kind] ?? '';
  return CALL_NAMES[name] ?? name;
}

/** Compares the result of a call, and what it wrote; undefined where all is as expected. */
export function compareCall(
  kind: number,
  result: number,
  model: QueueModel,
  kernel: KernelQueues,
): Parting | undefined {
  const expected = model.result;
  const slot = model.word(CALL.resultSlot);
  if (slot >= 0 && result >= 0) {
    return kernel.takeId(slot, result)
      ? undefined
      : part(`${nameOfCall(kind)}:id`, `the id of q${slot}`, `another id, ${result}`);
  }
  if (result !== expected) {
    const [ours, theirs] = [wordOf(expected), wordOf(result)];
    // Which number it is tells no kinds apart.
    const kinds = [expected, result].map((each) => (each < 0 ? wordOf(each) : each === 0 ? '0' : 'n'));
    return part(`${nameOfCall(kind)}:${kinds.join('|')}`, ours, theirs);
  }
  return kind === KIND.msgrcv && result >= 0 ? compareReceived(model, kernel) : undefined;
}

function compareReceived(model: QueueModel, kernel: KernelQueues): Parting | undefined {
  const isAtEdge = model.word(CALL.pointer) === POINTER.edge;
  const state = isAtEdge ? (kernel.isTypeAtEdge() ? 0 : 1) : model.lab.exports.queueCheckReceived();
  const name = RECEIVED[state];
  if (!name) return undefined;
  const [ours, theirs] = RECEIVED_TEXTS[name];
  return part(`msgrcv:${name}`, ours, theirs);
}

/** Compares a queue, or, after a call that removes it, that it is gone. */
export function compareQueue(slot: number, model: QueueModel, kernel: KernelQueues): Parting | undefined {
  const text = (is: boolean) => (is ? `q${slot} is there` : `q${slot} is gone`);
  const isThere = model.queue(slot, QUEUE.isThere) === 1;
  if (!isThere) return kernel.isGone(slot) ? undefined : part('queue:there', text(false), text(true));
  if (!kernel.look(slot)) return part('queue:gone', text(true), text(false));
  for (const [name, ours, theirs] of COUNTS) {
    const [expected, is] = [model.queue(slot, ours), kernel.word(theirs)];
    if (expected !== is || kernel.word(theirs + 1) !== 0) {
      return part(`queue:${name}`, `${name} ${expected} of q${slot}`, `${name} ${is}`);
    }
  }
  const isSent = model.queue(slot, QUEUE.isSent) === 1;
  if (isMarked(kernel, MSQID.lspid, MSQID.stime) !== isSent) return partOnMark('sent', 'lspid and stime', isSent);
  const isReceived = model.queue(slot, QUEUE.isReceived) === 1;
  if (isMarked(kernel, MSQID.lrpid, MSQID.rtime) !== isReceived) {
    return partOnMark('received', 'lrpid and rtime', isReceived);
  }
  return undefined;
}

/** Compares all queues. */
export function compareQueues(model: QueueModel, kernel: KernelQueues): Parting | undefined {
  for (let slot = 0; slot < SLOTS; slot++) {
    const parting = compareQueue(slot, model, kernel);
    if (parting) return parting;
  }
  return undefined;
}

/** Whether a pid and its time are written, both; undefined where they are not one. */
function isMarked(kernel: KernelQueues, pid: number, time: number): boolean | undefined {
  const isTimed = kernel.word(time) !== 0;
  const is = kernel.word(pid);
  return is === (isTimed ? process.pid : 0) ? isTimed : undefined;
}

function partOnMark(name: string, what: string, isWritten: boolean): Parting {
  const text = (is: boolean) => `${what} ${is ? 'are written' : 'are not written'}`;
  return part(`queue:${name}`, text(isWritten), text(!isWritten));
}

function part(name: string, model: string, kernel: string): Parting {
  return { class: name, model, kernel };
}

/** A result in a word: `EAGAIN`, `0`, `17`. */
export function wordOf(result: number): string {
  return result < 0 ? errnoName(-result) : `${result}`;
}
