// Changes to the bytes of an input, whatever they mean.

import { loadUint, storeUint } from '../base/scalar';
import { pickPair } from './compare';
import { fuzzCorpusAt, fuzzCorpusCount, fuzzCorpusSize } from './corpus';
import { ROOM } from './generate';
import { below, random } from './random';
import { pickWord } from './words';

/** Pairs that are looked for in an input before another change is made. */
const ATTEMPTS = 4;

/** Changes the `size` bytes at `at` once, and returns how many there are then. */
export function mutateBytes(at: usize, size: u32): u32 {
  if (size == 0) {
    store<u64>(at, random());
    return 8;
  }
  const dice = random();
  const place = below(size);
  switch (<u32>(dice & 7)) {
    case 0: {
      const byte = at + place;
      store<u8>(byte, load<u8>(byte) ^ (1 << <u8>((dice >> 8) & 7)));
      return size;
    }
    case 1:
      store<u8>(at + place, <u8>(dice >> 8));
      return size;
    case 2:
      return addToWord(at, size, place, dice >> 8);
    case 3:
      return placeWord(at, size, place);
    case 4:
      return splice(at, size, place);
    default:
      return replaceCompared(at, size) ? size : addToWord(at, size, place, dice >> 8);
  }
}

/** Adds up to 16, or takes it away, to a number of 1, 2, 4 or 8 bytes in either byte order. */
function addToWord(at: usize, size: u32, place: u32, dice: u64): u32 {
  let bytes: u32 = 1 << <u32>(dice & 3);
  while (bytes > size - place) bytes >>= 1;
  const big = (dice & 4) != 0;
  const by: u64 = ((dice >> 8) & 15) + 1;
  const value = loadUint(at + place, bytes, big);
  storeUint(at + place, bytes, big, (dice & 8) != 0 ? value + by : value - by);
  return size;
}

/** Puts a word of the dictionary over what is there, or between. */
function placeWord(at: usize, size: u32, place: u32): u32 {
  const word = pickWord();
  if (word == 0) return size;
  const length = load<u32>(word);
  const isBetween = below(2) == 0 && length <= ROOM - size;
  if (isBetween) {
    memory.copy(at + place + length, at + place, size - place);
    memory.copy(at + place, word + 4, length);
    return size + length;
  }
  const whole = min<u32>(length, ROOM - place);
  memory.copy(at + place, word + 4, whole);
  return max<u32>(size, place + whole);
}

/** Goes on as another input of the corpus does. */
function splice(at: usize, size: u32, place: u32): u32 {
  const count = fuzzCorpusCount();
  if (count == 0) return size;
  const index = below(count);
  const length = fuzzCorpusSize(index);
  const from = below(length + 1);
  const many = min<u32>(length - from, ROOM - place);
  memory.copy(at + place, fuzzCorpusAt(index) + from, many);
  return place + many;
}

/** Puts what a value was compared with in the place of that value, or what is one more or less; false if there is none. */
function replaceCompared(at: usize, size: u32): bool {
  for (let i = 0; i < ATTEMPTS; i++) {
    const pair = pickPair();
    if (pair == 0) return false;
    const dice = <u32>random();
    const bytes = load<u32>(pair, 16);
    if (bytes > size) continue;
    const isFirst = (dice & 1) != 0;
    const value = isFirst ? load<u64>(pair) : load<u64>(pair, 8);
    const wanted = (isFirst ? load<u64>(pair, 8) : load<u64>(pair)) + <u64>(<i64>((dice >> 1) & 3) % 3 - 1);
    if (replaceValue(at, size, bytes, value, wanted, below(size))) return true;
    // A number of 64 bits may be one of fewer in the input.
    if (bytes == 8 && value <= 0xffff_ffff && replaceValue(at, size, 4, value, wanted, below(size))) return true;
  }
  return false;
}

/** The same for a value of `bytes` bytes in either byte order, looked for from `from` on. */
function replaceValue(at: usize, size: u32, bytes: u32, value: u64, wanted: u64, from: u32): bool {
  const places = size - bytes + 1;
  for (let i: u32 = 0; i < places; i++) {
    const place = at + (from + i) % places;
    if (loadUint(place, bytes, false) == value) {
      storeUint(place, bytes, false, wanted);
      return true;
    }
    if (loadUint(place, bytes, true) == value) {
      storeUint(place, bytes, true, wanted);
      return true;
    }
  }
  return false;
}
