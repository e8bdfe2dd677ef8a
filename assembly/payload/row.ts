// What a control message carries, as data: a payload is a row, its members are fields in order, laid out by C's rule.
// rights.ts and credentials.ts repeat two of them as straight-line code, for the system calls.
//
// Payload row, 16 bytes:                          Field row, 8 bytes:
//    0  id      u32, address of a text               0  name   u32, address of a text
//    4  level   i32, or SOL_SOCKET of the ABI        4  kind   u8
//    8  type    i32                                  5  many   u8, 1 = as many as the payload holds (last field only)
//   12  first   u16, number of its first field
//   14  fields  u8
//   15  linux   u8, 1 = on Linux only

import { E_UNSUPPORTED } from '../base/status';
import { alignUp } from '../base/align';
import { loadUint, storeUint } from '../base/scalar';
import { textAddress } from '../base/text';
import { isBig, isLinux, rowOf, solSocketOf } from '../abi/row';

const PAYLOADS: i32 = 128;
const FIELDS: i32 = 512;
const PAYLOAD_TABLE: usize = memory.data(2048);
const FIELD_TABLE: usize = memory.data(4096);
let payloads: i32 = 0;
let fields: i32 = 0;

/** Stands for the ABI's own SOL_SOCKET: 1, or 0xffff. */
export const SOL_SOCKET: i32 = i32.MIN_VALUE;

// Kinds of a field.
export const INT: u8 = 0;
export const UINT: u8 = 1;
export const BYTE: u8 = 2;

/** Appends a payload; its fields follow. */
export function addPayload(id: string, level: i32, type: i32, linux: bool): void {
  if (payloads == PAYLOADS) unreachable();
  const row = payloadRow(payloads++);
  store<u32>(row, textAddress(id), 0);
  store<i32>(row, level, 4);
  store<i32>(row, type, 8);
  store<u16>(row, <u16>fields, 12);
  store<u8>(row, <u8>linux, 15);
}

/** Appends a field to the payload added last. */
export function addField(name: string, kind: u8, many: bool): void {
  if (fields == FIELDS) unreachable();
  const row = FIELD_TABLE + (<usize>(fields++) << 3);
  store<u32>(row, textAddress(name), 0);
  store<u8>(row, kind, 4);
  store<u8>(row, <u8>many, 5);
  const payload = payloadRow(payloads - 1);
  store<u8>(payload, load<u8>(payload, 14) + 1, 14);
}

function payloadRow(payload: i32): usize {
  return PAYLOAD_TABLE + (<usize>payload << 4);
}

function fieldRow(payload: i32, field: i32): usize {
  return FIELD_TABLE + ((<usize>load<u16>(payloadRow(payload), 12) + field) << 3);
}

function bytesOf(kind: u8): u32 {
  return kind == BYTE ? 1 : 4;
}

/** How many payloads there are. */
export function payloadCount(): i32 {
  return payloads;
}

/** The id of a payload. */
export function payloadText(payload: i32): usize {
  return load<u32>(payloadRow(payload));
}

/** cmsg_level of the payload on an ABI. */
export function payloadLevel(abi: i32, payload: i32): i32 {
  const level = load<i32>(payloadRow(payload), 4);
  return level == SOL_SOCKET ? solSocketOf(rowOf(abi)) : level;
}

/** cmsg_type of the payload, or E_UNSUPPORTED where the ABI does not have it. */
export function payloadType(abi: i32, payload: i32): i32 {
  const row = payloadRow(payload);
  if (load<u8>(row, 15) != 0 && !isLinux(rowOf(abi))) return E_UNSUPPORTED;
  return load<i32>(row, 8);
}

/** How many fields the payload has. */
export function fieldCount(payload: i32): i32 {
  return load<u8>(payloadRow(payload), 14);
}

/** The name of a field. */
export function fieldText(payload: i32, field: i32): usize {
  return load<u32>(fieldRow(payload, field));
}

/** Bytes of one element of a field. */
export function fieldBytes(payload: i32, field: i32): i32 {
  return bytesOf(load<u8>(fieldRow(payload, field), 4));
}

/** 1 when the field repeats to the payload's end. */
export function isMany(payload: i32, field: i32): i32 {
  return load<u8>(fieldRow(payload, field), 5);
}

/** Bytes of the payload when its repeated field, if any, stands `many` times; f64 is exact for any array's length. */
export function payloadSize(payload: i32, many: f64): f64 {
  const last = fieldCount(payload) - 1;
  return <f64>payloadOffset(payload, last, isMany(payload, last) != 0 ? <u64>many : 1);
}

/** How often the repeated field stands in a payload of `size` bytes; odd bytes at the end do not count. */
export function repeats(payload: i32, size: u32): u32 {
  const last = fieldCount(payload) - 1;
  const start = <u32>payloadOffset(payload, last, 0);
  return size < start ? 0 : (size - start) / bytesOf(load<u8>(fieldRow(payload, last), 4));
}

/** Offset of element `index` of a field from the start of the payload. */
function payloadOffset(payload: i32, field: i32, index: u64): u64 {
  let end: u64 = 0;
  for (let i = 0; i < field; i++) {
    const bytes = bytesOf(load<u8>(fieldRow(payload, i), 4));
    end = alignUp(end, bytes) + bytes;
  }
  const bytes = bytesOf(load<u8>(fieldRow(payload, field), 4));
  return alignUp(end, bytes) + index * bytes;
}

/** Element `index` of a field of the payload at `data`; as f64, which holds 32 bits exactly and costs no BigInt. */
export function loadPayload(abi: i32, payload: i32, field: i32, index: u32, data: usize): f64 {
  const kind = load<u8>(fieldRow(payload, field), 4);
  const value = loadUint(data + <usize>payloadOffset(payload, field, index), bytesOf(kind), isBig(rowOf(abi)));
  return kind == INT ? <f64>(<i32>value) : <f64>value;
}

/** Stores element `index` of a field of the payload at `data`. */
export function storePayload(abi: i32, payload: i32, field: i32, index: u32, data: usize, value: f64): void {
  const kind = load<u8>(fieldRow(payload, field), 4);
  storeUint(data + <usize>payloadOffset(payload, field, index), bytesOf(kind), isBig(rowOf(abi)), <u64>(<i64>value));
}
