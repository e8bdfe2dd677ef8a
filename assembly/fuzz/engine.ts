// The fuzzer as its host sees it: one current input, a corpus, what was seen. Targets that run wholly here are in
// dialects.ts and codec.ts; others are the host's, which runs the current input and tells what it covered.

import { E_ROOM, E_UNSUPPORTED } from '../base/status';
import { abiCount } from '../abi/row';
import { resetClasses } from './classes';
import { resetPairs } from './compare';
import { corpusBytes, fuzzCorpusCount, keepInput, resetCorpus } from './corpus';
import { MAP_ALL, edgesOf, edgesSeen, mapsSize, resetCoverage, takeHostCounters } from './coverage';
import { resetDialects } from './dialects';
import { fuzzInputSize, fuzzSetSize, takeAbi } from './current';
import { generateInput } from './generate';
import { mutateInput } from './mutate';
import { nextInput } from './next';
import { resetPromises } from './promises';
import { seedRandom } from './random';
import { prepareShape } from './shape';
import { input, laySpace, leastSpace } from './space';
import { disagreements, executions, resetTotals } from './totals';
import { resetWords } from './words';

/** Bytes that fuzzBegin wants at least. */
export function fuzzSpace(): u32 {
  return leastSpace(mapsSize());
}

/**
 * Begins anew with [space, space + size) to work in, which should end where the memory ends (codec.ts), and forgets
 * everything. The same seed gives the same run. Returns 0, E_ROOM, or E_UNSUPPORTED for an ABI without control messages.
 */
export function fuzzBegin(abi: i32, space: usize, bytes: u32, seedLow: u32, seedHigh: u32): i32 {
  if (<u32>abi >= <u32>abiCount() || !prepareShape(abi)) return E_UNSUPPORTED;
  if (!laySpace(space, bytes, mapsSize())) return E_ROOM;
  takeAbi(abi);
  seedRandom((<u64>seedHigh << 32) | seedLow);
  resetCorpus();
  resetPairs();
  resetWords();
  resetCoverage();
  resetClasses();
  resetTotals();
  resetDialects();
  resetPromises();
  return 0;
}

/** Makes the current input of nothing. */
export function fuzzGenerate(): u32 {
  return fuzzSetSize(generateInput(input));
}

/** Changes it in place. */
export function fuzzMutate(): u32 {
  return fuzzSetSize(mutateInput(input, fuzzInputSize()));
}

/** Of 16 inputs of a target of the host those that are changed from one of the corpus: what it covers says most. */
const CHANGED: u32 = 10;

/** Makes the next input. */
export function fuzzNext(): u32 {
  return fuzzSetSize(nextInput(input, CHANGED));
}

/** Adds the current input to the corpus (keepInput). */
export function fuzzKeep(): i32 {
  return keepInput(input, fuzzInputSize());
}

/**
 * Takes what the current input covered of a target of the host, `count` counters (65,536 at most) at a multiple of 16,
 * and clears them, to a multiple of 16. Returns how much was new; the input is kept then.
 */
export function fuzzCover(counters: usize, count: u32): u32 {
  const fresh = takeHostCounters(counters, count);
  if (fresh > 0) keepInput(input, fuzzInputSize());
  return fresh;
}

/**
 * Writes at `out`:
 *
 *    0  u64  inputs that targets of this module ran
 *    8  u32  edges seen, of the module or of the host's counters
 *   12  u32  edges that the module has; 0 without counters
 *   16  u32  inputs in the corpus
 *   20  u32  bytes of those
 *   24  u64  inputs that were findings
 *   32
 */
export function fuzzStatistics(out: usize): void {
  store<u64>(out, executions);
  store<u32>(out, edgesSeen(), 8);
  store<u32>(out, edgesOf(MAP_ALL), 12);
  store<u32>(out, fuzzCorpusCount(), 16);
  store<u32>(out, corpusBytes(), 20);
  store<u64>(out, disagreements, 24);
}
