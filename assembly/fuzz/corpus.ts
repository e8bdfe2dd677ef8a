// The inputs that did something new, one behind the other, and a table of where each is: its address, its size.

import { CORPUS_MOST, corpus, corpusEnd, corpusTable } from './space';
import { below } from './random';

let count: u32;
let top: usize;
let bytes: u32;

/** Forgets all. */
export function resetCorpus(): void {
  count = 0;
  bytes = 0;
  top = corpus;
}

function entry(index: u32): usize {
  return corpusTable + (<usize>index << 3);
}

/**
 * Adds a copy of an input and returns its number. When there is no room, it takes the place of one that is not smaller,
 * found by chance within a few attempts; returns -1 then, and also when none was found.
 */
export function keepInput(at: usize, size: u32): i32 {
  const space = (size + 7) & ~7;
  if (count < CORPUS_MOST && top + space <= corpusEnd) {
    store<u32>(entry(count), <u32>top);
    store<u32>(entry(count), size, 4);
    memory.copy(top, at, size);
    top += space;
    bytes += size;
    return count++;
  }
  for (let i = 0; i < 8 && count > 0; i++) {
    const index = below(count);
    const old = fuzzCorpusSize(index);
    if (((old + 7) & ~7) < space) continue;
    memory.copy(fuzzCorpusAt(index), at, size);
    store<u32>(entry(index), size, 4);
    bytes += size - old;
    break;
  }
  return -1;
}

/** How many inputs there are. */
export function fuzzCorpusCount(): u32 {
  return count;
}

/** Where an input is. */
export function fuzzCorpusAt(index: u32): usize {
  return load<u32>(entry(index));
}

/** Its bytes. */
export function fuzzCorpusSize(index: u32): u32 {
  return load<u32>(entry(index), 4);
}

/** Bytes of all. */
export function corpusBytes(): u32 {
  return bytes;
}
