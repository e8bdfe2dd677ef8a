// The codec's own promises, tried on every ABI.

import { currentAbi } from './current';

/** The ABI of the last input that fuzzCodec tried. */
export function fuzzAbi(): i32 {
  return currentAbi;
}

/** Tries up to `limit` inputs. Returns 1 as soon as a class of broken promise is met that was not seen, otherwise 0. */
export function fuzzCodec(limit: u32): i32 {
  return 0;
}

/** Judges the current input alone, on an ABI: the class of the promise that it breaks, or -1. */
export function fuzzTryCodec(abi: i32): i32 {
  return -1;
}
