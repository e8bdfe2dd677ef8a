// A control buffer made of nothing: messages as programs write them, some lengths that none would. Payloads keep what lies
// there of earlier inputs, as on a stack that was not cleared; that costs nothing and puts headers where none belong.

import { fillBytes } from '../base/fill';
import { data, level, rights, roundUp, storeLength, storeLevel, storeType } from './shape';
import { pickLength } from './length';
import { below, random } from './random';

/** The most bytes of an input. */
export const ROOM: u32 = 4096;
const CREDENTIALS: i32 = 2;
/** SCM_MAX_FD of Linux. */
const RIGHTS_MOST: u32 = 253;
const MOST: u32 = 40;

/** Where the headers are. */
const PLACES: usize = memory.data(4 * 40, 8);

/** How many messages, by 5 bits of chance. */
const COUNTS: usize = memory.data<u8>([
  0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5,
]);

/** Bytes of a payload, by 6 bits of chance: so many, and those of another few bits of chance that are in the mask. */
const PAYLOADS: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 12, 4, 12, 4, 12, 4, 12, 4, 12, 4,
  12, 4, 12, 4, 12, 4, 12, 4, 12, 4, 12, 4, 12, 4, 12, 4, 12, 4, 12, 4, 12, 4, 12, 4, 12, 4, 12, 4, 12, 12, 0,
  12, 0, 12, 0, 12, 0, 12, 0, 12, 0, 12, 0, 12, 0, 12, 0, 12, 0, 0, 31, 0, 31, 0, 31, 0, 31, 0, 31, 0, 31, 0,
  31, 0, 31, 0, 31, 0, 31, 0, 63, 0, 63, 0, 63, 0, 63, 0, 63, 0, 63, 0, 127, 0, 127, 0, 127, 0, 127, 0, 15, 0,
  15,
]);

/** Writes an input at `at`, where ROOM bytes and 32 more are free, and returns its size. */
export function generateInput(at: usize): u32 {
  const dice = random();
  const count: u32 = (dice & 0x7e0) == 0 ? 6 + below(MOST - 5) : load<u8>(COUNTS + <usize>(dice & 31));
  let used: u32 = 0;
  let end: u32 = 0;
  let messages: u32 = 0;
  while (messages < count) {
    const chance = random();
    const size = PAYLOADS + (<usize>(chance & 63) << 1);
    let payload = <u32>load<u8>(size) + (<u32>(chance >> 8) & load<u8>(size, 1));
    if ((chance & 63) == 63) payload = pickLarge(<u32>(chance >> 8), used);
    if (used + data + payload + 16 > ROOM) break;
    const cmsg = at + used;
    storeLength(cmsg, data + payload);
    const kind = <u32>(chance >> 24) & 15;
    const other = <i32>((chance >> 32) & 63) - 1;
    // Chosen without a branch, which chance would make the processor guess wrong.
    storeLevel(cmsg, select<i32>(other, level, (chance & 0xf0_0000) < 0x30_0000));
    storeType(cmsg, select<i32>(select<i32>(rights, CREDENTIALS, kind < 9), other, kind < 13));
    store<u32>(PLACES + (messages << 2), used);
    messages++;
    end = used + data + payload;
    used += roundUp(data + payload);
  }
  // The last message may lack its padding.
  if ((dice & 0x3000) == 0) used = end;
  if ((dice & 0xc000) == 0) used = appendTail(at, used, dice >> 16);
  if (messages > 0) spoilLengths(at, used, messages, <u32>(dice >> 40));
  return (dice & 0xf0_0000_0000) == 0 ? below(used + 1) : used;
}

/** What is rare, as it is slow: about as many descriptors as one message may have, or any size that there is room for. */
function pickLarge(chance: u32, used: u32): u32 {
  if ((chance & 3) == 0) return (RIGHTS_MOST - 3 + ((chance >> 4) & 7)) << 2;
  return (chance & 7) == 1 && used + 64 < ROOM ? below(ROOM - used - 48) : chance & 255;
}

/** Up to 23 bytes of slack. */
function appendTail(at: usize, used: u32, chance: u64): u32 {
  const size = <u32>(((chance & 0xff) * 24) >> 8);
  if (used + size > ROOM) return used;
  const kind = <u32>(chance >> 8) & 3;
  if (kind < 3) fillBytes(at + used, kind == 0 ? 0 : kind == 1 ? 0xff : 0xcc, size);
  else for (let i: u32 = 0; i < size; i += 8) store<u64>(at + used + i, random());
  return used + size;
}

/** Gives none, one or some of the messages another length. */
function spoilLengths(at: usize, used: u32, messages: u32, chance: u32): void {
  let times: u32 = (chance & 7) < 3 ? 0 : (chance & 7) < 7 ? 1 : 1 + ((chance >> 3) & 3);
  for (; times > 0; times--) {
    const which = (chance & 0x100) != 0 ? messages - 1 : below(messages);
    const place = load<u32>(PLACES + (which << 2));
    const next = which + 1 < messages ? load<u32>(PLACES + (which << 2), 4) : used;
    storeLength(at + place, pickLength(next - place, used - place));
    chance >>= 1;
  }
}
