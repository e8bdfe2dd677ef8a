// What is tried next.

import { fuzzCorpusAt, fuzzCorpusCount, fuzzCorpusSize } from './corpus';
import { generateInput } from './generate';
import { mutateInput } from './mutate';
import { below, random } from './random';

/**
 * Writes the next input at `at`, where ROOM bytes and 32 more are free, and returns its size: one of the corpus, changed, in
 * `share` of 16 cases, otherwise a new one. Of two of the corpus the shorter, and rather a late than an early one.
 */
export function nextInput(at: usize, share: u32): u32 {
  const count = fuzzCorpusCount();
  const dice = <u32>random();
  if (count == 0 || (dice & 15) >= share) return generateInput(at);
  const one = below(count);
  const recent = (dice & 16) != 0 ? one : count - 1 - below(min<u32>(count, 16));
  const index = fuzzCorpusSize(one) < fuzzCorpusSize(recent) ? one : recent;
  const bytes = fuzzCorpusSize(index);
  copyInput(at, fuzzCorpusAt(index), bytes);
  return mutateInput(at, bytes);
}

/** For the few bytes of most inputs cheaper than memory.copy; writes up to 15 bytes more. */
function copyInput(at: usize, from: usize, size: u32): void {
  for (let i: usize = 0; i < <usize>size; i += 16) v128.store(at + i, v128.load(from + i));
}
