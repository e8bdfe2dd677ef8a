// Where in linear memory the fuzzer keeps what it needs: the host gives one stretch, up to the end of the memory.
//
//    tables of fixed sizes | current input | batch | corpus: all the rest | what lies flush against the end

import { ROOM } from './generate';

/** More than an input has: what is written in words may run over. */
const SLACK: u32 = 64;
/** Bytes of inputs that one batch makes at a time, at most but for the last. */
const BATCH_BYTES: u32 = 32 * 1024;
/** Bytes for the corpus, at least. */
const CORPUS_LEAST: u32 = 64 * 1024;

/** Inputs of the corpus (corpus.ts), of 8 bytes each in its table. */
export const CORPUS_MOST: u32 = 8192;
/** Comparisons (compare.ts). */
export const PAIRS_MOST: u32 = 1024;
export const PAIR: u32 = 24;
/** Words of a dictionary (words.ts). */
export const WORDS_MOST: u32 = 256;
export const WORD: u32 = 72;
/** Counters of the host, and of the module (coverage.ts). */
export const HOST_COUNTERS: u32 = 65536;
export const EDGES_MOST: u32 = 4096;
/** Hashes of counters that were looked at. */
export const HASHES: u32 = 4096;
/** Classes of findings (classes.ts). */
export const CLASSES: u32 = 4096;
/** What walks write (dialects.ts). */
const RESULTS_SIZE: u32 = 64 * 1024;

export let corpusTable: usize;
export let pairs: usize;
export let words: usize;
export let classCounts: usize;
/** What was not seen of the module's counters, and of the host's. */
export let virgin: usize;
export let hostVirgin: usize;
export let hashes: usize;
export let results: usize;
/** The current input. */
export let input: usize;
/** Where promises are tried (promises/): an input with bytes around it, and what is encoded. */
export let around: usize;
export let built: usize;
export let batch: usize;
export let corpus: usize;
export let corpusEnd: usize;
/** ROOM bytes that end with the stretch. */
export let flush: usize;

let free: usize;

const TABLES: u32 = CORPUS_MOST * 8 + PAIRS_MOST * PAIR + WORDS_MOST * WORD + CLASSES * 4 + HASHES * 8;
const FIXED: u32 = TABLES + HOST_COUNTERS + RESULTS_SIZE + 6 * (ROOM + SLACK) + BATCH_BYTES;

/** Bytes that are wanted at least, with `maps` bytes for what was not seen of the module's counters. */
export function leastSpace(maps: u32): u32 {
  return 64 + FIXED + maps + CORPUS_LEAST + SLACK + ROOM;
}

/** From where on a batch has no room for one more input. */
export function batchEnd(): usize {
  return batch + BATCH_BYTES;
}

function take(size: u32): usize {
  const at = free;
  free += size;
  return at;
}

/** Lays out the stretch, all zero but for what was not seen; false if it is too small. */
export function laySpace(space: usize, size: u32, maps: u32): bool {
  if (size < leastSpace(maps)) return false;
  free = (space + 63) & ~63;
  memory.fill(free, 0, FIXED + maps);
  corpusTable = take(CORPUS_MOST * 8);
  pairs = take(PAIRS_MOST * PAIR);
  words = take(WORDS_MOST * WORD);
  classCounts = take(CLASSES * 4);
  hashes = take(HASHES * 8);
  virgin = take(maps);
  hostVirgin = take(HOST_COUNTERS);
  memory.fill(virgin, 0xff, maps + HOST_COUNTERS);
  results = take(RESULTS_SIZE);
  input = take(ROOM + SLACK);
  around = take(2 * (ROOM + SLACK));
  built = take(2 * (ROOM + SLACK));
  batch = take(BATCH_BYTES + ROOM + SLACK);
  corpus = free;
  flush = space + size - ROOM;
  corpusEnd = flush - SLACK;
  return true;
}
