// Two walks over the same inputs, in batches: all inputs of one are made, walked by the first, then by the second, so that a
// walk is prepared once a batch and not once an input. What covers something new for either is kept.

import { rowOf } from '../abi/row';
import { prepareWalk } from '../dialect/prepared';
import { walkBuffer } from '../dialect/walk';
import { noteClass, resetClasses } from './classes';
import { walkComparing } from './comparing';
import { keepInput } from './corpus';
import { clearCounters, mapOfWalk, takeCounters } from './coverage';
import { classify, isAlike, isParted, resultSize } from './difference';
import { currentAbi, fuzzInputSize, setInput } from './current';
import { nextInput } from './next';
import { beginRunning, endRunning, noteSubject } from './running';
import { batch, batchEnd, input, results } from './space';
import { addDisagreement, addExecution } from './totals';
import { walkRow } from './walks';

const BATCH: u32 = 32;
/** Of 16 inputs those that are changed from one of the corpus: structure alone finds most (generate.ts). */
const CHANGED: u32 = 1;
/** Headers of each walk that are compared at once; more are rare. */
const FEW: u32 = 48;
/** Headers of a walk that are compared a piece at a time then. */
const PIECE: u32 = 512;
/** Of each input of a batch: where it is, its size, how the first walk ended and whether it was kept. */
const SLOT: usize = 16;
const SLOTS: usize = memory.data(16 * 32, 8);

let firstWalk: i32;
let secondWalk: i32;
/** Inputs of the batch, and how many of them both walks are done with. */
let count: u32;
let done: u32;

/** Forgets the batch. */
export function resetDialects(): void {
  firstWalk = -1;
  secondWalk = -1;
  count = 0;
  done = 0;
}

function prepare(walk: i32): void {
  prepareWalk(rowOf(currentAbi), walkRow(walk));
}

function slotOf(index: u32): usize {
  return SLOTS + <usize>index * SLOT;
}

/** What the first walk wrote of an input, and what the second one does. */
function resultOf(index: u32): usize {
  return results + <usize>index * resultSize(FEW);
}

/** Where a long walk writes: 0 the first, 1 the second. */
function longResult(which: usize): usize {
  return resultOf(BATCH + 1) + which * resultSize(PIECE);
}

/**
 * Runs up to `limit` inputs, each through both walks. Returns 1 as soon as two walks part in a way, a class, that was not
 * seen of this pair: the current input shows it, and fuzzClass() is its number (difference.ts). Otherwise 0.
 */
export function fuzzDialects(first: i32, second: i32, limit: u32): i32 {
  if (first != firstWalk || second != secondWalk) {
    resetDialects();
    resetClasses();
    firstWalk = first;
    secondWalk = second;
  }
  noteSubject(currentAbi, first, second);
  // Who tried inputs alone meanwhile has left counts.
  clearCounters();
  let left = limit;
  while (left > 0) {
    if (done == count) beginBatch();
    prepare(secondWalk);
    for (const end = done + min<u32>(left, count - done); done < end; ) {
      left--;
      if (!finishInput(done++)) continue;
      endRunning();
      return 1;
    }
    endRunning();
  }
  return 0;
}

/**
 * Makes the inputs of a batch and takes them through the first walk. Each is made before the counters of the one before are
 * read: bytes that were just counted up, read as words, make the processor wait.
 */
function beginBatch(): void {
  prepare(firstWalk);
  count = 0;
  done = 0;
  let at = batch;
  let size = nextInput(at, CHANGED);
  do {
    const slot = slotOf(count);
    const control = at;
    const bytes = size;
    store<u32>(slot, <u32>control);
    store<u32>(slot, bytes, 4);
    beginRunning(control, bytes);
    store<i32>(slot, walkBuffer(control, bytes, 0, 0, FEW, resultOf(count++)), 8);
    endRunning();
    at += (bytes + 15) & ~15;
    if (count < BATCH && at < batchEnd()) size = nextInput(at, CHANGED);
    const isNew = takeCounters(mapOfWalk(firstWalk)) > 0;
    if (isNew) keep(control, bytes);
    store<u32>(slot, isNew ? 1 : 0, 12);
  } while (count < BATCH && at < batchEnd());
}

/** Keeps an input, with what is compared on its way. The walk stays prepared. */
function keep(control: usize, size: u32): void {
  keepInput(control, size);
  walkComparing(control, size, resultOf(BATCH));
  clearCounters();
}

/** Takes an input through the second walk; whether it shows a class that was not seen. */
function finishInput(index: u32): bool {
  const slot = slotOf(index);
  const control = <usize>load<u32>(slot);
  const size = load<u32>(slot, 4);
  beginRunning(control, size);
  const end = walkBuffer(control, size, 0, 0, FEW, resultOf(BATCH));
  addExecution();
  const firstEnd = load<i32>(slot, 8);
  const result = resultOf(index);
  const alike = isAlike(firstEnd, result, end, resultOf(BATCH), 0, FEW);
  if (takeCounters(mapOfWalk(secondWalk)) > 0 && load<u32>(slot, 12) == 0) {
    // What is kept is walked once more, and written over.
    keep(control, size);
    walkBuffer(control, size, 0, 0, FEW, resultOf(BATCH));
    clearCounters();
  }
  if (alike && load<u32>(result, 12) <= FEW) return false;
  if (!alike && isParted(result, resultOf(BATCH), 0, FEW)) {
    return report(control, size, classify(control, size, firstEnd, result, end, resultOf(BATCH), 0, FEW));
  }
  // Where they part, if they do, is in the rest of a long walk.
  const long = compareLong(control, size);
  return long >= 0 && report(control, size, long);
}

function report(control: usize, size: u32, number: u32): bool {
  addDisagreement();
  if (!noteClass(number)) return false;
  setInput(control, size);
  return true;
}

/**
 * The class of two walks, however many headers they have, or -1 where they are alike. Leaves the second one prepared, and
 * no counters.
 */
function compareLong(control: usize, size: u32): i32 {
  const one = longResult(0);
  const two = longResult(1);
  let number = -1;
  // Each piece begins with the last header of the one before.
  for (let skip: u32 = 0; number < 0; skip += PIECE - 1) {
    prepare(firstWalk);
    const end = walkBuffer(control, size, 0, skip, PIECE, one);
    prepare(secondWalk);
    const other = walkBuffer(control, size, 0, skip, PIECE, two);
    if (!isAlike(end, one, other, two, skip, PIECE)) {
      if (isParted(one, two, skip, PIECE)) {
        number = classify(control, size, end, one, other, two, skip, PIECE);
      }
    } else if (load<u32>(one, 12) <= skip + PIECE) break;
  }
  clearCounters();
  return number;
}

/** Judges the current input alone: the class of its difference, or -1. What is counted and kept stays as it is. */
export function fuzzTryDialects(first: i32, second: i32): i32 {
  noteSubject(currentAbi, first, second);
  const before = firstWalk;
  const beforeSecond = secondWalk;
  firstWalk = first;
  secondWalk = second;
  beginRunning(input, fuzzInputSize());
  const number = compareLong(input, fuzzInputSize());
  endRunning();
  firstWalk = before;
  secondWalk = beforeSecond;
  return number;
}

/** Takes the current input through a walk; how much that covers that no input did before. It is not kept. */
export function fuzzCoverWalk(walk: i32): u32 {
  noteSubject(currentAbi, walk, walk);
  prepareWalk(rowOf(currentAbi), walkRow(walk));
  clearCounters();
  beginRunning(input, fuzzInputSize());
  walkBuffer(input, fuzzInputSize(), 0, 0, FEW, resultOf(BATCH));
  endRunning();
  return takeCounters(mapOfWalk(walk));
}
