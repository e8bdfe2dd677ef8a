// What is encoded is read back. The bytes of the input say what: of each message one for its kind, one for its level, one for
// its type, one for its size, from which the payload follows.

import { isBig, isLinux, rightsTypeOf, rowOf, solSocketOf, NO_TYPE } from '../../abi/row';
import { loadInt } from '../../base/scalar';
import { beginMessage, lengthOf, putHeader, spaceOf } from '../../codec/cmsg';
import { PARSE_END, PARSE_MESSAGE, readMessage } from '../../codec/parse';
import { SCM_CREDENTIALS, putCredentials } from '../../payload/credentials';
import { putRights, writeRights } from '../../payload/rights';
import { ROOM } from '../generate';
import { data, unit } from '../shape';
import { around, built } from '../space';
import { SOUND, TRIP_BYTES, TRIP_COUNT, TRIP_HEADER, TRIP_LENGTH, TRIP_SUMS, TRIP_WAYS } from './classes';

const MOST: u32 = 12;
const OUT: usize = memory.data(32, 8);
const FDS: usize = memory.data(4 * 64, 8);
/** Of each message its kind, level, type, size, place and first value. */
const RECORD: usize = 24;
const RECORDS: usize = memory.data(24 * 12, 8);

const RAW: u32 = 0;
const RIGHTS: u32 = 1;
const CREDENTIALS: u32 = 2;

/** Payload number `i` of a message, a byte or an int. */
function valueOf(first: u32, i: u32): u32 {
  return (first + i) * 0x9e37_79b1;
}

/** The promise of encoding that the input breaks. */
export function checkRoundTrip(abi: i32, input: usize, size: u32): u32 {
  let used: u32 = 0;
  let count: u32 = 0;
  for (let i: u32 = 0; i + 4 <= size && count < MOST; i += 4) {
    const next = encode(abi, input + i, used, i + 8 > size || count + 1 == MOST, RECORDS + <usize>count * RECORD);
    if (next < 0) break;
    if (<u32>next == used) continue;
    const broken = checkSums(abi, RECORDS + <usize>count * RECORD, <u32>next);
    if (broken != SOUND) return broken;
    used = next;
    count++;
  }
  return readBack(abi, used, count);
}

/** Encodes one message at `used`; returns the new `used`, the same one if the ABI has no such message. */
function encode(abi: i32, at: usize, used: u32, isLast: bool, record: usize): i32 {
  const row = rowOf(abi);
  const chosen = <u32>load<u8>(at) & 3;
  const hasRights = rightsTypeOf(row) != NO_TYPE;
  const kind = chosen == 1 && hasRights ? RIGHTS : chosen == 2 && isLinux(row) ? CREDENTIALS : RAW;
  const first = load<u32>(at);
  const level: i32 = kind == RAW ? <i32>load<i8>(at, 1) : solSocketOf(row);
  const type: i32 = kind == RAW ? <i32>load<i8>(at, 2) * 0x10001 : kind == RIGHTS ? rightsTypeOf(row) : SCM_CREDENTIALS;
  const few = <u32>load<u8>(at, 3);
  const size: u32 = kind == RAW ? few : kind == RIGHTS ? (few & 63) << 2 : 12;
  store<u32>(record, kind);
  store<i32>(record, level, 4);
  store<i32>(record, type, 8);
  store<u32>(record, size, 12);
  store<u32>(record, used, 16);
  store<u32>(record, first, 20);
  if (kind == RIGHTS) {
    for (let i: u32 = 0; i < size >> 2; i++) store<u32>(FDS + (i << 2), valueOf(first, i));
    return putRights(abi, built, ROOM, used, FDS, size >> 2);
  }
  if (kind == CREDENTIALS) {
    return putCredentials(abi, built, ROOM, used, valueOf(first, 0), valueOf(first, 1), valueOf(first, 2));
  }
  const next = beginMessage(abi, built, ROOM, used, level, type, size, 0, isLast && (first & 4) != 0);
  if (next >= 0) for (let i: u32 = 0; i < size; i++) store<u8>(built + used + data + i, <u8>valueOf(first, i));
  return next;
}

/** Whether the message of a record takes the bytes that the macros say, and those that the general way writes. */
function checkSums(abi: i32, record: usize, next: u32): u32 {
  const row = rowOf(abi);
  const size = load<u32>(record, 12);
  const used = load<u32>(record, 16);
  const length = lengthOf(row, size);
  const space = spaceOf(row, size);
  const taken = <u64>(next - used);
  const isEven = length == data + size && space >= length && space - length < unit && space % unit == 0;
  if (!isEven || (taken != space && taken != length)) return TRIP_SUMS;
  const kind = load<u32>(record);
  if (kind == RAW) return SOUND;
  const level = load<i32>(record, 4);
  const type = load<i32>(record, 8);
  if (putHeader(row, around, ROOM, used, level, type, size, 0, false) != <i32>next) return TRIP_WAYS;
  if (kind == CREDENTIALS) for (let i: u32 = 0; i < 3; i++) store<u32>(FDS + (i << 2), valueOf(load<u32>(record, 20), i));
  writeRights(abi, around + used + data, FDS, size >> 2);
  return memory.compare(around + used, built + used, next - used) == 0 ? SOUND : TRIP_WAYS;
}

/** Whether the records are what is read. */
function readBack(abi: i32, used: u32, count: u32): u32 {
  let at: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const record = RECORDS + <usize>i * RECORD;
    if (readMessage(abi, built, used, at, OUT) != PARSE_MESSAGE) return TRIP_COUNT;
    if (load<i32>(OUT, 8) != load<i32>(record, 4) || load<i32>(OUT, 12) != load<i32>(record, 8)) return TRIP_HEADER;
    const size = load<u32>(record, 12);
    const place = load<u32>(record, 16) + data;
    if (load<u64>(OUT) != data + size || load<u32>(OUT, 16) != place || load<u32>(OUT, 20) != size) return TRIP_LENGTH;
    if (!hasPayload(abi, record, built + place)) return TRIP_BYTES;
    at = load<u32>(OUT, 24);
  }
  return readMessage(abi, built, used, at, OUT) == PARSE_END ? SOUND : TRIP_COUNT;
}

function hasPayload(abi: i32, record: usize, payload: usize): bool {
  const first = load<u32>(record, 20);
  const size = load<u32>(record, 12);
  const big = isBig(rowOf(abi));
  if (load<u32>(record) == RAW) {
    for (let i: u32 = 0; i < size; i++) if (load<u8>(payload + i) != <u8>valueOf(first, i)) return false;
    return true;
  }
  for (let i: u32 = 0; i < size; i += 4) if (loadInt(payload + i, big) != <i32>valueOf(first, i >> 2)) return false;
  return true;
}
