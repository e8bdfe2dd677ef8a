// What is tried next.

import { fuzzCorpusAt, fuzzCorpusCount, fuzzCorpusSize } from './corpus';
import { generateInput } from './generate';
import { mutateInput } from './mutate';
import { below, random } from './random';

/**
 * Writes the next input at `at`, where ROOM bytes and 32 more are free, and returns its size: mostly a new one, which is
 * what finds most, or one of the corpus, changed; the later ones rather than the first.
 */
export function nextInput(at: usize): u32 {
  const count = fuzzCorpusCount();
  const dice = random();
  if (count == 0 || (dice & 7) < 6) return generateInput(at);
  const recent = min<u32>(count, 16);
  const index = (dice & 8) != 0 ? below(count) : count - 1 - below(recent);
  const bytes = fuzzCorpusSize(index);
  memory.copy(at, fuzzCorpusAt(index), bytes);
  return mutateInput(at, bytes);
}
