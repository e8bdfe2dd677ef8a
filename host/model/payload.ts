import { refuseOthers } from '../check/options.js';
import { invalidArgument } from '../errors/error.js';
import type { CodecInstance } from '../wasm/instance.js';
import { findByNumbers, type Payload, payloadsOf } from './payload-rows.js';
import { listOf, type PayloadValue, readMember, recordOf, type Where, writeMember } from './payload-values.js';

/** The payload that a message like `{ fds: [3] }` names, or undefined; naming two is an error. */
export function findPayload(codec: CodecInstance, abi: number, message: object, where: Where): Payload | undefined {
  const { byKey } = payloadsOf(codec, abi);
  let found: Payload | undefined;
  for (const key in message) {
    const payload = byKey.get(key);
    if (!payload) continue;
    if (found) throw invalidArgument(`${where()} has both ${found.key} and ${key}: make them two messages`);
    found = payload;
  }
  if (found || 'data' in message) return found;
  // A class may have it as an accessor, which a loop does not see.
  for (const [key, payload] of byKey) if (key in message) return payload;
  const missing = findElsewhere(codec, message);
  if (missing) throw invalidArgument(`${where()}: this ABI has no ${missing.id} message`);
  return undefined;
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

/** The bytes that a value of the payload takes, and how many elements its open member then has. */
export function measurePayload(payload: Payload, value: unknown, where: Where): { size: number; count: number } {
  const { open, size, members, names, key } = payload;
  const isSingle = members.length === 1;
  if (!isSingle) {
    const place = () => `${where()}.${key}`;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) refuseOthers(value, names, place);
    else recordOf(value, [...names], place);
  }
  if (!open) return { size, count: 0 };
  const list = isSingle ? value : (value as Record<string, unknown>)[open.name];
  const count = listOf(list, open, () => nameOf(where, payload, open.name)).length;
  return { size: size + count * open.size, count };
}

/** Writes the value, with `count` elements of its open member as it was measured, at `data` of linear memory. */
export function writePayload(
  codec: CodecInstance,
  abi: number,
  payload: Payload,
  value: unknown,
  { size, count }: { size: number; count: number },
  data: number,
  where: Where,
): void {
  const isSingle = payload.members.length === 1;
  // Padding in a payload is zero, whatever stood there.
  codec.bytes.fill(0, data, data + size);
  for (const member of payload.members) {
    const element = isSingle ? value : (value as Record<string, unknown>)[member.name];
    const times = member === payload.open ? count : member.count;
    writeMember({ codec, abi }, member, data, element, () => nameOf(where, payload, member.name), times);
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
  const read = (member: (typeof members)[number]) =>
    readMember({ codec, abi }, member, data, member === open ? many : member.count);
  const [only] = members;
  if (only && members.length === 1) return { key, value: read(only) };
  const value: Record<string, PayloadValue> = {};
  for (const member of members) value[member.name] = read(member);
  return { key, value };
}

/** `messages[0].fds`, `messages[1].credentials.pid` */
function nameOf(where: Where, { members, key }: Payload, member: string): string {
  return members.length === 1 ? `${where()}.${key}` : `${where()}.${key}.${member}`;
}
