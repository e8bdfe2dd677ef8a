/** A sequence of operations with as few of them, and as plain, as still do the same: none of them can be left out. */
import { OPERATION } from './sequence.js';

type IsStill = (input: Uint8Array) => boolean | Promise<boolean>;
/** Sequences that may be simpler than one. */
type Simpler = (operations: readonly Uint8Array[]) => Iterable<Uint8Array[]>;

/** Of no more operations every two are left out, such as a msgsnd and its msgrcv. */
const PAIRED = 40;
const QUEUE_BITS = 0xf0;
const STEPS: readonly Simpler[] = [leaveRuns, leavePairs, useFirstQueue, clearBytes];

/** What is left is of `input`; `isStill` is taken to be true for that itself. The same answers give the same result. */
export async function shorten(input: Uint8Array, isStill: IsStill): Promise<Uint8Array> {
  let best = split(input);
  const improve = async (step: Simpler): Promise<boolean> => {
    for (const simpler of step(best)) {
      if (!(await isStill(join(simpler)))) continue;
      best = simpler;
      return true;
    }
    return false;
  };
  for (let isBetter = true; isBetter; ) {
    isBetter = false;
    for (const step of STEPS) while (await improve(step)) isBetter = true;
  }
  return join(best);
}

function split(input: Uint8Array): Uint8Array[] {
  const length = Math.floor(input.length / OPERATION);
  return Array.from({ length }, (_, i) => input.slice(i * OPERATION, (i + 1) * OPERATION));
}

function join(operations: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(operations.flatMap((operation) => [...operation]));
}

/** Without some that follow each other, many first, from behind. */
function* leaveRuns(operations: readonly Uint8Array[]): Iterable<Uint8Array[]> {
  for (let count = operations.length; count >= 1; count = count > 1 ? Math.ceil(count / 2) : 0) {
    for (let at = operations.length - count; at >= 0; at -= count) yield operations.toSpliced(at, count);
  }
}

function* leavePairs(operations: readonly Uint8Array[]): Iterable<Uint8Array[]> {
  if (operations.length > PAIRED) return;
  for (let one = 0; one < operations.length; one++) {
    for (let two = one + 1; two < operations.length; two++) yield operations.toSpliced(two, 1).toSpliced(one, 1);
  }
}

/** With all that is done on one queue done on the first. */
function* useFirstQueue(operations: readonly Uint8Array[]): Iterable<Uint8Array[]> {
  const others = new Set(operations.map(([first = 0]) => first & QUEUE_BITS));
  others.delete(0);
  const moved = (queues: ReadonlySet<number>) =>
    operations.map((operation) => {
      const [first = 0] = operation;
      return queues.has(first & QUEUE_BITS) ? operation.with(0, first & ~QUEUE_BITS) : operation;
    });
  if (others.size > 1) yield moved(others);
  for (const queue of others) yield moved(new Set([queue]));
}

/** With a byte of what a call gets set to zero. */
function* clearBytes(operations: readonly Uint8Array[]): Iterable<Uint8Array[]> {
  for (const [i, operation] of operations.entries()) {
    for (let byte = 1; byte < OPERATION; byte++) {
      if (operation[byte] !== 0) yield operations.with(i, operation.with(byte, 0));
    }
  }
}
