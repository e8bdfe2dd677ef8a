// The codec's own promises, tried on every ABI that has control messages, one after the other. All that is tried follows
// from the bytes of the input, so that an input that breaks a promise is all there is to keep of it.

import { abiCount } from '../abi/row';
import { noteClass } from './classes';
import { currentAbi, fuzzInputSize, fuzzSetSize, takeAbi } from './current';
import { MAP_ALL, clearCounters, takeCounters } from './coverage';
import { keepInput } from './corpus';
import { nextInput } from './next';
import { SOUND } from './promises/classes';
import { checkFields } from './promises/fields';
import { checkReading } from './promises/reading';
import { checkRoundTrip } from './promises/round-trip';
import { checkWalks } from './promises/walking';
import { prepareShape } from './shape';
import { beginRunning, endRunning, noteSubject } from './running';
import { input } from './space';
import { addDisagreement, addExecution } from './totals';

/** Inputs for an ABI before the next one has its turn. */
const TURN: u32 = 16;
/** Of 16 inputs those that are changed from one of the corpus. */
const CHANGED: u32 = 8;

let left: u32;

/** The ABI of the last input that fuzzCodec tried. */
export function fuzzAbi(): i32 {
  return currentAbi;
}

/**
 * Tries up to `limit` inputs, each of which is the current one while it is tried: a trap leaves it there. Returns 1 as soon
 * as a promise is broken that was not yet (fuzzClass()), otherwise 0.
 */
export function fuzzCodec(limit: u32): i32 {
  for (; limit > 0; limit--) {
    if (left == 0) {
      nextAbi();
      left = TURN;
    }
    left--;
    const size = fuzzSetSize(nextInput(input, CHANGED));
    clearCounters();
    addExecution();
    const broken = tryInput(currentAbi, size);
    if (takeCounters(MAP_ALL) > 0) keepInput(input, size);
    if (broken == SOUND) continue;
    addDisagreement();
    if (noteClass(broken)) return 1;
  }
  return 0;
}

/** Takes the next ABI that has control messages. */
function nextAbi(): void {
  let abi = currentAbi;
  do abi = (abi + 1) % abiCount();
  while (!prepareShape(abi));
  takeAbi(abi);
}

/** The first promise that an input breaks. */
function tryInput(abi: i32, size: u32): u32 {
  noteSubject(abi, -1, -1);
  beginRunning(input, size);
  let broken = checkReading(abi, input, size);
  if (broken == SOUND) broken = checkWalks(abi, input, size);
  if (broken == SOUND) broken = checkRoundTrip(abi, input, size);
  if (broken == SOUND) broken = checkFields(abi, input, size);
  endRunning();
  return broken;
}

/** Forgets whose turn it is. */
export function resetPromises(): void {
  left = 0;
}

/** Judges the current input alone, on an ABI: the class of the promise that it breaks, or -1. */
export function fuzzTryCodec(abi: i32): i32 {
  const before = currentAbi;
  const broken = prepareShape(abi) ? tryInput(abi, fuzzInputSize()) : SOUND;
  prepareShape(before);
  clearCounters();
  return broken == SOUND ? -1 : <i32>broken;
}

/** Tries the current input on an ABI; how much that covers that no input did before. It is not kept. */
export function fuzzCoverCodec(abi: i32): u32 {
  // It may trap: what is tried next takes its ABI first.
  left = 0;
  clearCounters();
  if (prepareShape(abi)) tryInput(abi, fuzzInputSize());
  const fresh = takeCounters(MAP_ALL);
  prepareShape(currentAbi);
  return fresh;
}
