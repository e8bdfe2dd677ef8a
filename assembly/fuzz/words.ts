// Words of a dictionary: a u32 of how many bytes, then those, 64 at most.

import { WORD, WORDS_MOST, words } from './space';
import { below } from './random';

const BYTES_MOST: u32 = 64;
let count: u32;

export function resetWords(): void {
  count = 0;
}

/** Adds a word; returns how many there are. What is longer than 64 bytes, empty or one too many is left out. */
export function fuzzAddWord(at: usize, size: u32): u32 {
  if (size == 0 || size > BYTES_MOST || count == WORDS_MOST) return count;
  const word = words + <usize>count * WORD;
  store<u32>(word, size);
  memory.copy(word + 4, at, size);
  return ++count;
}

/** One of them by chance, or 0. */
export function pickWord(): usize {
  return count == 0 ? 0 : words + <usize>below(count) * WORD;
}
