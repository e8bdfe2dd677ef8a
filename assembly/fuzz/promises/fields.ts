// Numbers in the members of payloads: what is stored is loaded again, as far as the type has room for it.

import { isSigned, loadNumber, storeNumber } from '../../abi/type';
import { describePayload, hasPayload, payloadCount } from '../../payload/row';
import { built, results } from '../space';
import { FIELD_BESIDE, FIELD_VALUE, SOUND } from './classes';

const MEMBER: usize = 24;
/** A struct, or padding: no number. */
const NO_NUMBER: u32 = 3;
const BESIDE: u64 = 0xa5a5_a5a5_a5a5_a5a5;

/** The promise of members that the input breaks: its first bytes choose a payload, the others are values. */
export function checkFields(abi: i32, input: usize, size: u32): u32 {
  if (size < 4) return SOUND;
  const all = payloadCount();
  let payload = load<u16>(input) % all;
  for (let i = 0; i < all && !hasPayload(abi, payload); i++) payload = (payload + 1) % all;
  if (!hasPayload(abi, payload)) return SOUND;
  const members = describePayload(abi, payload, results);
  for (let i = 0; i < members; i++) {
    const member = results + 8 + <usize>i * MEMBER;
    const bytes = load<u32>(member, 8);
    if ((load<u32>(member, 20) & NO_NUMBER) != 0 || bytes > 8) continue;
    // Beyond the input are zeros, or what an earlier one left; 8 bytes more are there.
    const value = load<i64>(input + ((<u32>i * 5 + 2) % size));
    const broken = checkField(abi, load<u32>(member, 16), bytes, load<u32>(member, 4), <i64>(size < 10 ? value & 0xff : value));
    if (broken != SOUND) return broken;
  }
  return SOUND;
}

function checkField(abi: i32, type: u32, bytes: u32, offset: u32, value: i64): u32 {
  const at = built + 16 + (offset & 0x7ff);
  store<u64>(at - 8, BESIDE);
  store<u64>(at, BESIDE);
  store<u64>(at, BESIDE, 8);
  storeNumber(abi, type, at, value);
  const unused: i64 = 64 - (<i64>bytes << 3);
  const wanted = isSigned(type) ? (value << unused) >> unused : <i64>((<u64>value << <u64>unused) >> <u64>unused);
  if (loadNumber(abi, type, at) != wanted) return FIELD_VALUE;
  const isKept = load<u64>(at - 8) == BESIDE && load<u64>(at + bytes) == BESIDE;
  return isKept ? SOUND : FIELD_BESIDE;
}
