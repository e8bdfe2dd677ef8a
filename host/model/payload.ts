import { refuseOthers } from '../check/options.js';
import { invalidArgument } from '../errors/error.js';
import type { CodecInstance } from '../wasm/instance.js';
import { findByNumbers, type Payload, payloadsOf } from './payload-rows.js';
import { listOf, type PayloadValue, readMember, recordOf, type Where, writeMember } from './payload-values.js';

/**
 * The payload that a message like `{ fds: [3] }` names, or undefined for one that has its bytes; naming two, or anything
 * besides, is an error.
 */
export function findPayload(codec: CodecInstance, abi: number, message: object, where: Where): Payload | undefined {
  const { byKey } = payloadsOf(codec, abi);
  let found: Payload | undefined;
  let hasOthers = false;
  for (const key in message) {
    const payload = byKey.get(key);
    if (!payload) hasOthers = true;
    else if (found) throw invalidArgument(`${where()} has both ${found.key} and ${key}: make them two messages`);
    else found = payload;
  }
  if (found && hasOthers) refuseBeside(found, message, where);
  if (found || 'data' in message) return found;
  // A class may have it as an accessor, which a loop does not see.
  for (const [key, payload] of byKey) if (key in message) return payload;
  const missing = findElsewhere(codec, message);
  if (missing) throw invalidArgument(`${where()}: this ABI has no ${missing.id} message`);
  return undefined;
}

function refuseBeside({ key }: Payload, message: object, where: Where): void {
  if ('data' in message || 'level' in message || 'type' in message) {
    throw invalidArgument(`${where()} has ${key}, which says level, type and data already: give one or the other`);
  }
  refuseOthers(message, new Set([key]), where);
}

/** The payload that a message names on some other ABI. */
function findElsewhere(codec: CodecInstance, message: object): Payload | undefined {
  for (let abi = 0; abi < codec.exports.abiCount(); abi++) {
    for (const [key, payload] of payloadsOf(codec, abi).byKey) if (key in message) return payload;
  }
  return undefined;
}

/** What messages of an ABI may be written as, for an error message. */
export function describePayloads(codec: CodecInstance, abi: number): string {
  return ['{level, type, data}', ...[...payloadsOf(codec, abi).byKey.keys()].map((key) => `{${key}}`)].join(', ');
}

/** How many elements the open member of the payload has in `value`, which has the payload's members and no others. */
export function countElements({ open, members, names, key }: Payload, value: unknown, where: Where): number {
  if (members.length === 1) return open ? listOf(value, open, where).length : 0;
  const record = recordOf(value, names, () => `${where()}.${key}`);
  return open ? listOf(record[open.name], open, () => `${where()}.${key}`).length : 0;
}

/** Writes the value, with `count` elements of its open member as they were counted, at `data` of linear memory. */
export function writePayload(
  codec: CodecInstance,
  abi: number,
  { members, open, key, hasPads, size }: Payload,
  value: unknown,
  count: number,
  data: number,
  where: Where,
): void {
  // Padding in a payload is zero, whatever stood there.
  if (hasPads) codec.bytes.fill(0, data, data + size);
  const [only] = members;
  if (only && members.length === 1) {
    writeMember(codec, abi, only, data, value, where, only === open ? count : only.count);
    return;
  }
  const record = value as Record<string, unknown>;
  const place = () => `${where()}.${key}`;
  for (const member of members) {
    writeMember(codec, abi, member, data, record[member.name], place, member === open ? count : member.count);
  }
}

/** The value of the `size` bytes at `data`, with the key it goes under, if level, type and size are those of a payload. */
export function readPayload(
  codec: CodecInstance,
  abi: number,
  level: number,
  type: number,
  data: number,
  size: number,
): { key: string; value: PayloadValue } | undefined {
  // Of another size than its members it is not that payload, whatever its type; the kernel says EINVAL to such ones.
  const payload = findByNumbers(codec, abi, level, type, size);
  if (!payload) return undefined;
  const { members, open, key } = payload;
  // Odd bytes at the end do not count.
  const many = open ? Math.floor((size - payload.size) / open.size) : 0;
  const [only] = members;
  if (only && members.length === 1) {
    return { key, value: readMember(codec, abi, only, data, only === open ? many : only.count) };
  }
  const value: Record<string, PayloadValue> = {};
  for (const member of members) {
    value[member.name] = readMember(codec, abi, member, data, member === open ? many : member.count);
  }
  return { key, value };
}
