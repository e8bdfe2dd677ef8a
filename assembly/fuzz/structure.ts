// Changes to the messages of an input: what a strict reader finds in it, and the last header, whatever it says.

import { data, header, loadLength, roundUp, storeLength, storeLevel, storeType, unit, rights, level } from './shape';
import { ROOM } from './generate';
import { pickLength } from './length';
import { below, random } from './random';

const MOST: u32 = 64;
/** Where each header is, and behind the last the end. */
const PLACES: usize = memory.data(4 * 65, 8);
let found: u32;

/** Finds the headers. */
function findMessages(at: usize, size: u32): void {
  let place: u32 = 0;
  found = 0;
  while (size - place >= header && found < MOST) {
    store<u32>(PLACES + (found++ << 2), place);
    const length = loadLength(at + place);
    if (length < header || length > size - place) break;
    place = min<u32>(place + roundUp(<u32>length), size);
  }
  store<u32>(PLACES + (found << 2), size);
}

function placeOf(message: u32): u32 {
  return load<u32>(PLACES + (message << 2));
}

/** Moves what is behind `from` by `by` bytes; returns the new size, the old one if there is no room. */
function makeRoom(at: usize, size: u32, from: u32, by: u32): u32 {
  if (by > ROOM - size) return size;
  memory.copy(at + from + by, at + from, size - from);
  return size + by;
}

function cutOut(at: usize, size: u32, from: u32, to: u32): u32 {
  memory.copy(at + from, at + to, size - to);
  return size - (to - from);
}

/** Puts a new message at `place`. */
function insertMessage(at: usize, size: u32, place: u32): u32 {
  const payload = below(6) << 2;
  const space = roundUp(data + payload);
  const larger = makeRoom(at, size, place, space);
  if (larger == size) return size;
  storeLength(at + place, data + payload);
  storeLevel(at + place, level);
  storeType(at + place, below(4) == 0 ? <i32>below(4) : rights);
  return larger;
}

/** Exchanges two neighbours. */
function swapMessages(at: usize, one: u32): void {
  const first = placeOf(one);
  const second = placeOf(one + 1);
  const end = placeOf(one + 2);
  // A byte at a time from behind the second: inputs are small.
  for (let i = second; i < end; i++) {
    const byte = load<u8>(at + i);
    memory.copy(at + first + (i - second) + 1, at + first + (i - second), second - first);
    store<u8>(at + first + (i - second), byte);
  }
}

/** Changes the `size` bytes at `at` once, and returns how many there are then. */
export function mutateStructure(at: usize, size: u32): u32 {
  findMessages(at, size);
  if (found == 0) return insertMessage(at, size, 0);
  const which = below(found);
  const place = placeOf(which);
  const next = placeOf(which + 1);
  const dice = random();
  switch (<u32>(dice & 15)) {
    case 0:
    case 1: {
      const larger = makeRoom(at, size, next, next - place);
      if (larger > size) memory.copy(at + next, at + place, next - place);
      return larger;
    }
    case 2:
      return cutOut(at, size, place, next);
    case 3:
      if (which + 1 < found) swapMessages(at, which);
      return size;
    case 4:
    case 5:
      return insertMessage(at, size, (dice & 16) != 0 ? place : next);
    case 6: {
      // More or fewer descriptors, or other elements of 4 bytes, and the message with them.
      const count = <u32>((dice >> 8) & 7) + 1;
      const length = loadLength(at + place);
      if ((dice & 16) != 0) {
        const larger = makeRoom(at, size, next, count << 2);
        if (larger > size) storeLength(at + place, length + (count << 2));
        return larger;
      }
      if (next - place < header + (count << 2)) return size;
      storeLength(at + place, length - (count << 2));
      return cutOut(at, size, next - (count << 2), next);
    }
    case 7: {
      // The count alone.
      storeLength(at + place, loadLength(at + place) + (((dice >> 8) & 15) - 8) * 4);
      return size;
    }
    case 8: {
      // The padding of the last, there or not.
      const end = placeOf(found);
      const last = placeOf(found - 1);
      const length = loadLength(at + last);
      if (length > end - last || length < header) return size;
      const bare = last + <u32>length;
      return bare < end ? bare : min<u32>(last + roundUp(<u32>length), ROOM);
    }
    case 9:
      return size - below(min<u32>(size, unit * 3) + 1);
    case 10: {
      const more = below(24);
      if (more > ROOM - size) return size;
      memory.fill(at + size, <u8>((dice & 16) != 0 ? 0 : dice >> 8), more);
      return size + more;
    }
    case 11:
      if ((dice & 16) != 0) storeLevel(at + place, (dice & 32) != 0 ? level : <i32>below(64));
      else storeType(at + place, (dice & 32) != 0 ? rights : <i32>below(64));
      return size;
    default:
      storeLength(at + place, pickLength(next - place, size - place));
      return size;
  }
}
