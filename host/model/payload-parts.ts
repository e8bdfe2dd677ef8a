import type { CodecInstance } from '../wasm/instance.js';
import type { Member } from './members.js';
import { findByNumbers } from './payload-rows.js';
import { membersOf, type PayloadValue, readMember } from './payload-values.js';

/** A piece of a payload that is one value: `pid`, `fds[1]`, `ts[0].tv_sec`; bytes in a row are one piece. */
export interface PayloadPart {
  name: string;
  /** From the beginning of the payload. */
  offset: number;
  size: number;
  value: PayloadValue;
}

/** The pieces of a payload in their order, and where it ends: the padding of its struct is behind the last piece. */
export interface PayloadParts {
  parts: PayloadPart[];
  size: number;
}

/** The pieces of a payload, or undefined if level, type and size are those of none. */
export function partsOfPayload(
  codec: CodecInstance,
  abi: number,
  level: number,
  type: number,
  data: Uint8Array,
): PayloadParts | undefined {
  const payload = findByNumbers(codec, abi, level, type, data.length);
  if (!payload) return undefined;
  const { members, open, size } = payload;
  const many = open ? Math.floor((data.length - size) / open.size) : 0;
  return codec.arena.lend(data.length, (at) => {
    codec.bytes.set(data, at);
    const parts: PayloadPart[] = [];
    for (const member of members) {
      addParts(codec, abi, member, at, { name: '', offset: 0 }, member === open ? many : member.count, parts);
    }
    return { parts, size: open ? size + many * open.size : size };
  });
}

/** Adds the pieces of a member of the struct that lies `offset` bytes behind `at` and has this name. */
function addParts(
  codec: CodecInstance,
  abi: number,
  member: Member,
  at: number,
  { name: outer, offset }: { name: string; offset: number },
  count: number,
  parts: PayloadPart[],
): void {
  const name = `${outer}${member.name}`;
  const start = offset + member.offset;
  if (member.isArray && member.size === 1) {
    const value = readMember(codec, abi, member, at + offset, count);
    parts.push({ name, offset: start, size: count, value });
    return;
  }
  for (let i = 0; i < count; i++) {
    const element = { ...member, isArray: false, offset: start + i * member.size };
    const full = member.isArray ? `${name}[${i}]` : name;
    if (member.isStruct) {
      for (const inner of membersOf(codec, abi, member.code)) {
        addParts(codec, abi, inner, at, { name: `${full}.`, offset: element.offset }, inner.count, parts);
      }
    } else
      parts.push({ name: full, offset: element.offset, size: member.size, value: readMember(codec, abi, element, at) });
  }
}
