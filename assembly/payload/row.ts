// What a control message carries: rows packed from payloads.json (scripts/rows/payloads.mjs has the drawing), whose
// members are laid out by C's rule. rights.ts and credentials.ts repeat two of them as straight-line code, for the
// system calls; tests hold them against the rows.

import { PAYLOADS, PAYLOAD_COUNT } from '../../build/rows/tables';
import { nameAt } from '../base/text';
import { packedOf } from '../abi/packed';
import { rowOf, systemNumberOf } from '../abi/row';
import { definitionOf, describeDefinition, describeStruct } from '../abi/struct';

const ROW: usize = 14;
const BODY_NONE: u8 = 0;
const BODY_STRUCT: u8 = 1;

function payloadRow(payload: i32): usize {
  return PAYLOADS + <usize>payload * ROW;
}

/** How many payloads there are. */
export function payloadCount(): i32 {
  return PAYLOAD_COUNT;
}

/** The id of a payload. */
export function payloadText(payload: i32): usize {
  return nameAt(payloadRow(payload));
}

/** The symbol of its cmsg_level (abi/number.ts). */
export function payloadLevel(payload: i32): i32 {
  return load<u16>(payloadRow(payload), 2);
}

/** The symbol of its cmsg_type. */
export function payloadType(payload: i32): i32 {
  return load<u16>(payloadRow(payload), 4);
}

/** 0 sent and received, 1 only sent, 2 only received; and 4 if longer ones are accepted. */
export function payloadFlags(payload: i32): i32 {
  return load<u8>(payloadRow(payload), 13);
}

/** Whether the operating system of an ABI has it. */
export function hasPayload(abi: i32, payload: i32): i32 {
  return (load<u32>(payloadRow(payload), 6) >> systemNumberOf(rowOf(abi))) & 1;
}

/**
 * Describes its body on an ABI as describeStruct does. Returns how many members it has, 0 where they are not known and
 * -1 where the ABI has no such struct.
 */
export function describePayload(abi: i32, payload: i32, out: usize): i32 {
  const row = payloadRow(payload);
  const body = load<u8>(row, 10);
  if (body == BODY_NONE) return 0;
  const number: u32 = load<u16>(row, 11);
  if (body == BODY_STRUCT) return describeStruct(abi, number, out);
  return describeDefinition(packedOf(abi), definitionOf(number), out);
}
