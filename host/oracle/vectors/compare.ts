import { encodeControl } from '../../model/encode.js';
import { bytesOfHex, hexOfBytes } from '../../model/hex.js';
import { payloadsOf } from '../../model/payload-rows.js';
import { findAbi, listAbis } from '../../model/rows.js';
import { type Walk, walkControl } from '../../model/walk.js';
import type { CodecInstance } from '../../wasm/instance.js';
import { Difference } from '../answer.js';
import { compareStruct, same } from '../compare.js';
import { cmsgOf, numbersOf, structsOf } from '../rows.js';
import type { AbiVector, CasesVector, ControlVector, Place, WalkVector } from './format.js';

type Count = () => void;

/** What the headers of an ABI say; a struct or a constant that they do not have is left out there. */
export function compareAbi(codec: CodecInstance, vector: AbiVector, count: Count): void {
  const { abi, structs, constants, cmsg } = vector;
  same('the byte order', listAbis(codec).find(({ id }) => id === abi)?.endian ?? 'none', vector.endian, count);
  const rows = structsOf(codec, abi);
  for (const [name, { size, align, members }] of Object.entries(structs)) {
    const row = rows.get(name);
    if (!row) throw new Difference(`the row has no struct ${name}`);
    const fields = Object.entries(members).map(([member, [offset, bytes]]) => [member, { offset, size: bytes }]);
    compareStruct(name, row, { size, align, fields: Object.fromEntries(fields) }, count);
  }
  const sizes = cmsgOf(codec, abi);
  if (cmsg) {
    same('what CMSG_ALIGN rounds to', sizes?.align ?? 0, cmsg.align, count);
    same('the offset of CMSG_DATA', sizes?.data ?? 0, cmsg.data, count);
  }
  for (const macro of ['LEN', 'SPACE'] as const) {
    for (const [n, said] of Object.entries(cmsg?.[macro] ?? {})) {
      const own = sizes?.[macro][n];
      if (own !== undefined) same(`CMSG_${macro}(${n})`, own, said, count);
    }
  }
  const numbers = numbersOf(codec, abi);
  for (const [name, said] of Object.entries(constants)) same(name, numbers.get(name) ?? 'absent', said, count);
  comparePayloads(codec, vector, count);
}

function comparePayloads(codec: CodecInstance, { abi, payloads }: AbiVector, count: Count): void {
  const { all } = payloadsOf(codec, findAbi(codec, abi));
  for (const [key, { level, type, members = {} }] of Object.entries(payloads)) {
    const [id, number = '1'] = key.split('#');
    const row = all.filter((payload) => payload.id === id)[Number(number) - 1];
    if (!row) throw new Difference(`the row has no payload ${key}`);
    same(`cmsg_level of ${key}`, row.level, level, count);
    same(`cmsg_type of ${key}`, row.type, type, count);
    for (const [name, [offset, size]] of Object.entries<Place>(members)) {
      const member = row.members.find((each) => each.name === name);
      if (!member) throw new Difference(`the row's ${key} has no ${name}`);
      same(`offset of ${key}.${name}`, member.offset, offset, count);
      same(`size of ${key}.${name}`, member.size * Math.max(member.count, 1), size, count);
    }
  }
}

/** Buffers that the macros of an ABI made. */
export function compareControls(codec: CodecInstance, abi: string, { controls }: ControlVector, count: Count): void {
  for (const { name, messages, fill, tight, control, offsets } of controls) {
    const raw = messages.map((message) => ({ ...message, data: bytesOfHex(message.data, 'data') }));
    const encoded = encodeControl(codec, abi, raw, { fill, tight });
    same(`the buffer "${name}"`, hexOfBytes(encoded.control), control, count);
    same(`the offsets in "${name}"`, encoded.offsets.join(), offsets.join(), count);
  }
}

/** What a walk made of hostile buffers, on an ABI of that shape. */
export function compareWalk(
  codec: CodecInstance,
  abi: string,
  { dialect, outcomes }: WalkVector,
  { cases }: CasesVector,
  count: Count,
): void {
  same(`the number of buffers that ${dialect} walked`, cases.length, outcomes.length, count);
  outcomes.forEach((outcome, i) => {
    if (outcome === null) return;
    const [controllen, control] = cases[i] as CasesVector['cases'][number];
    const walk = walkControl(codec, abi, bytesOfHex(control, 'control'), { dialect, controllen });
    same(`the walk over ${control} on ${abi}`, wordsOf(walk), outcome, count);
  });
}

/** A walk in the words of a vector. */
function wordsOf({ headers, end, at, reason }: Walk & { reason?: string }): string {
  const where = end === 'end' ? [] : [decimal(at)];
  return [...headers.map(({ offset }) => offset), end, ...where, ...(reason === undefined ? [] : [reason])].join(' ');
}

/** Beyond 2^53 it is a text, in hexadecimal digits. */
function decimal(at: Walk['at']): bigint {
  if (typeof at === 'number') return BigInt(at);
  return at.startsWith('-') ? -BigInt(at.slice(1)) : BigInt(at);
}
