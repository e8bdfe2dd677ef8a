/** What strace shows of a message, as one that can be encoded. */
import type { CodecInstance } from '../../wasm/instance.js';
import type { ControlMessage } from '../encode.js';
import { findByNumbers, type Payload } from '../payload-rows.js';
import type { PayloadValue } from '../payload-values.js';
import { wrongAt } from './place.js';
import { MOST_BYTES } from './sink.js';
import { numberOf, StraceMembers } from './strace-members.js';
import type { StraceRecord, StraceValue } from './strace-values.js';

/** `{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[3]}`; its length must be the ABI's own. */
export function messageOf(codec: CodecInstance, abi: number, text: string, shown: StraceValue): ControlMessage {
  if (shown.kind !== 'record') throw wrongAt(text, shown.at, 'a message, {cmsg_len=...}, should be here');
  const size = sizeOf(codec, abi, text, shown);
  const level = numberOf(codec, abi, text, memberOf(text, shown, 'cmsg_level'));
  const type = numberOf(codec, abi, text, memberOf(text, shown, 'cmsg_type'));
  const data = shown.members.get('cmsg_data');
  if (size === 0 && (!data || isEmpty(data))) return { level, type, data: new Uint8Array(0) };
  if (!data) throw wrongAt(text, shown.at, `strace does not show the ${size} bytes of data of this message`);
  if (data.kind === 'bytes') {
    refuseOtherSize(text, data, size, data.bytes.length);
    return { level, type, data: data.bytes };
  }
  const payload = findByNumbers(codec, abi, level, type, size);
  if (!payload) throw wrongAt(text, data.at, `there is no payload of ${size} bytes here that has this level and type`);
  return { [payload.key]: payloadValue(codec, abi, text, data, payload, size) };
}

function isEmpty(data: StraceValue): boolean {
  return (data.kind === 'list' && data.items.length === 0) || (data.kind === 'bytes' && data.bytes.length === 0);
}

/** Bytes of data, by cmsg_len. */
function sizeOf(codec: CodecInstance, abi: number, text: string, shown: StraceRecord): number {
  const length = memberOf(text, shown, 'cmsg_len');
  if (length.kind !== 'number') throw wrongAt(text, length.at, 'cmsg_len must be a number');
  const least = codec.exports.cmsgLen(abi, 0);
  const size = Number(length.value) - least;
  if (size >= 0 && size <= MOST_BYTES) return size;
  throw wrongAt(text, length.at, `cmsg_len=${length.value}, which is ${least} at least: only what is sound is encoded`);
}

function memberOf(text: string, { members, at }: StraceRecord, name: string): StraceValue {
  const member = members.get(name);
  if (!member) throw wrongAt(text, at, `a message of strace without ${name}`);
  return member;
}

function refuseOtherSize(text: string, { at }: StraceValue, size: number, found: number): void {
  if (size === found) return;
  throw wrongAt(text, at, `cmsg_len tells of ${size} bytes of data, and ${found} are shown: another ABI, or cut`);
}

/** The value that encode takes for a payload: of its only member, or a record of all. */
function payloadValue(
  codec: CodecInstance,
  abi: number,
  text: string,
  shown: StraceValue,
  { members, open, size: least }: Payload,
  size: number,
): PayloadValue {
  const reader = new StraceMembers(codec, abi, text);
  const [only, second] = members;
  if (!only || second) return reader.record(shown, members);
  // strace lists a lone integer too.
  if (!only.isArray) return reader.value(shown.kind === 'list' && shown.items[0] ? shown.items[0] : shown, only);
  if (only === open && shown.kind === 'list') {
    refuseOtherSize(text, shown, size, least + shown.items.length * only.size);
  }
  return reader.value(shown, only);
}
