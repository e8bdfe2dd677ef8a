// The strict reading of hostile bytes.

import { PARSE_MESSAGE, readMessage } from '../../codec/parse';
import { data } from '../shape';
import { READ_BEYOND, READ_ENDLESS, READ_OUTSIDE, SOUND } from './classes';
import { mixHash, placeBetween, placeFlush } from './places';

const OUT: usize = memory.data(32, 8);
let hash: u64;

/** The promise of reading that the input breaks. */
export function checkReading(abi: i32, input: usize, size: u32): u32 {
  let broken = readAll(abi, placeFlush(input, size), size);
  if (broken != SOUND) return broken;
  const flushed = hash;
  for (let value: u32 = 0; value <= 0xff; value += 0xff) {
    broken = readAll(abi, placeBetween(input, size, <u8>value), size);
    if (broken != SOUND) return broken;
    if (hash != flushed) return READ_BEYOND;
  }
  return SOUND;
}

/** Reads all messages, and makes a hash of what is read. */
function readAll(abi: i32, control: usize, size: u32): u32 {
  hash = 1;
  let at: u32 = 0;
  for (let left = size + 1; left > 0; left--) {
    memory.fill(OUT, 0, 32);
    const status = readMessage(abi, control, size, at, OUT);
    hash = mixHash(hash, <u64>status);
    for (let i: usize = 0; i < 32; i += 8) hash = mixHash(hash, load<u64>(OUT + i));
    if (status != PARSE_MESSAGE) return SOUND;
    const place = load<u32>(OUT, 16);
    const bytes = load<u32>(OUT, 20);
    const next = load<u32>(OUT, 24);
    if (place < at || place - at != data || place > size || bytes > size - place) return READ_OUTSIDE;
    if (next < place + bytes || next > size) return READ_OUTSIDE;
    at = next;
  }
  return READ_ENDLESS;
}
