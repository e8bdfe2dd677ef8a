// What is tried next.

import { fuzzCorpusAt, fuzzCorpusCount, fuzzCorpusSize } from './corpus';
import { generateInput } from './generate';
import { mutateInput } from './mutate';
import { below, random } from './random';

/**
 * Writes the next input at `at`, where ROOM bytes and 32 more are free, and returns its size: one of the corpus, changed, in
 * `share` of 8 cases, otherwise a new one. Of two of the corpus the shorter, and rather a late than an early one.
 */
export function nextInput(at: usize, share: u32): u32 {
  const count = fuzzCorpusCount();
  const dice = <u32>random();
  if (count == 0 || (dice & 7) >= share) return generateInput(at);
  const one = below(count);
  const recent = (dice & 8) != 0 ? one : count - 1 - below(min<u32>(count, 16));
  const index = fuzzCorpusSize(one) < fuzzCorpusSize(recent) ? one : recent;
  const bytes = fuzzCorpusSize(index);
  memory.copy(at, fuzzCorpusAt(index), bytes);
  return mutateInput(at, bytes);
}
