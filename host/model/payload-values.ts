/** Values of payload members, read from and written to linear memory as an ABI has them. */
import { refuseOthers } from '../check/options.js';
import { invalidArgument } from '../errors/error.js';
import type { CodecInstance } from '../wasm/instance.js';
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from './address.js';
import { type Member, readMembers } from './members.js';
import { perCodec } from './per-codec.js';

/**
 * What a payload says. Integers are numbers, beyond 2^53 bigints; addresses are texts, `127.0.0.1` and `::1`; arrays are
 * lists, and structs objects by the names of their members.
 */
export type PayloadValue = number | bigint | string | PayloadValue[] | { [member: string]: PayloadValue };

/** Which message or member it is, for an error; asked for only then. */
export type Where = () => string;

/** Places in the list of kinds of scripts/rows/structs.mjs. */
const KIND_IN_ADDR = 5;
const KIND_IN6_ADDR = 6;

/** The elements of a struct's members, with what is needed to read and write them. */
interface Target {
  codec: CodecInstance;
  abi: number;
}

/** The value of a member of the struct at `at`, with `count` elements if it is an array. */
export function readMember(target: Target, member: Member, at: number, count = member.count): PayloadValue {
  const start = at + member.offset;
  if (!member.isArray) return readElement(target, member, start);
  const elements = new Array<PayloadValue>(count);
  for (let i = 0; i < count; i++) elements[i] = readElement(target, member, start + i * member.size);
  return elements;
}

function readElement({ codec, abi }: Target, { isStruct, code, size }: Member, at: number): PayloadValue {
  if (isStruct) {
    const value: Record<string, PayloadValue> = {};
    for (const member of membersOf(codec, abi, code)) value[member.name] = readMember({ codec, abi }, member, at);
    return value;
  }
  const kind = codec.exports.typeKind(code);
  if (kind === KIND_IN_ADDR) return formatIpv4(codec.bytes.subarray(at, at + size));
  if (kind === KIND_IN6_ADDR) return formatIpv6(codec.bytes.subarray(at, at + size));
  if (size < 8) return codec.exports.loadShort(abi, code, at);
  const value = codec.exports.loadNumber(abi, code, at);
  return isExact(value) ? Number(value) : value;
}

/** Writes a member of the struct at `at`: `count` elements of it if it is an array. */
export function writeMember(
  target: Target,
  member: Member,
  at: number,
  value: unknown,
  where: Where,
  count = member.count,
): void {
  const start = at + member.offset;
  if (!member.isArray) {
    writeElement(target, member, start, value, where);
    return;
  }
  const elements = listOf(value, member, where);
  if (member.count > 0 && elements.length !== count) {
    throw invalidArgument(`${where()} must be a list of ${count}, not of ${elements.length}`);
  }
  // Counted, as a hole is an element too: left out it would send whatever stood there.
  for (let i = 0; i < count; i++) {
    writeElement(target, member, start + i * member.size, elements[i], () => `${where()}[${i}]`);
  }
}

function writeElement(
  { codec, abi }: Target,
  { isStruct, code, size }: Member,
  at: number,
  value: unknown,
  where: Where,
): void {
  if (isStruct) {
    const members = membersOf(codec, abi, code);
    codec.bytes.fill(0, at, at + size);
    const names = members.map(({ name }) => name);
    const given = recordOf(value, names, where);
    for (const member of members) {
      writeMember({ codec, abi }, member, at, given[member.name], () => `${where()}.${member.name}`);
    }
    return;
  }
  const kind = codec.exports.typeKind(code);
  if (kind === KIND_IN_ADDR || kind === KIND_IN6_ADDR) {
    codec.bytes.set(addressOf(value, kind, where), at);
  } else if (size < 8) {
    codec.exports.storeShort(abi, code, at, integerOf(value, 8 * size, where));
  } else {
    codec.exports.storeNumber(abi, code, at, wideIntegerOf(value, 8 * size, where));
  }
}

const nestedStructs = perCodec(() => new Map<number, Member[]>());

/** The members of a struct by its number, padding left out; described once an ABI. */
function membersOf(codec: CodecInstance, abi: number, struct: number): Member[] {
  const known = nestedStructs(codec);
  const key = abi * 65536 + struct;
  let members = known.get(key);
  if (!members) {
    const described = readMembers(codec, (out) => codec.exports.describeStruct(abi, struct, out));
    members = (described?.members ?? []).filter(({ isPad }) => !isPad);
    known.set(key, members);
  }
  return members;
}

/** The value as an object with these members and no others. */
export function recordOf(value: unknown, names: readonly string[], where: Where): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidArgument(`${where()} must be an object with ${names.join(', ')}`);
  }
  refuseOthers(value, new Set(names), where);
  return value as Record<string, unknown>;
}

/** The value as a list of what `member` holds. */
export function listOf(value: unknown, { isStruct }: Member, where: Where): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw invalidArgument(`${where()} must be a list of ${isStruct ? 'objects' : 'integers'}, not ${describe(value)}`);
}

function isExact(value: bigint): boolean {
  return value >= -(2n ** 53n) && value <= 2n ** 53n;
}

/** An integer of that many bits, signed, or the unsigned number of the same bits: ids above 2^31 are written either way. */
function integerOf(value: unknown, bits: number, where: Where): number {
  const isFit =
    typeof value === 'number' && Number.isInteger(value) && value >= -(2 ** (bits - 1)) && value < 2 ** bits;
  if (!isFit) throw invalidArgument(`${where()} must be a ${bits}-bit integer, not ${describe(value)}`);
  return value;
}

/** The same for 64 bits: a number up to 2^53, a bigint, or the text `0x...` that JSON has in its place. */
function wideIntegerOf(value: unknown, bits: number, where: Where): bigint {
  const wide = toBigInt(value);
  if (wide === undefined || wide < -(2n ** BigInt(bits - 1)) || wide >= 2n ** BigInt(bits)) {
    throw invalidArgument(
      `${where()} must be a ${bits}-bit integer, beyond 2^53 a bigint or '0x...', not ${describe(value)}`,
    );
  }
  return wide;
}

function toBigInt(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number')
    return Number.isInteger(value) && Math.abs(value) <= 2 ** 53 ? BigInt(value) : undefined;
  if (typeof value !== 'string' || !/^-?0x[0-9a-fA-F]{1,16}$/.test(value)) return undefined;
  return value.startsWith('-') ? -BigInt(value.slice(1)) : BigInt(value);
}

function addressOf(value: unknown, kind: number, where: Where): number[] {
  const parse = kind === KIND_IN_ADDR ? parseIpv4 : parseIpv6;
  const bytes = typeof value === 'string' ? parse(value) : undefined;
  if (bytes) return bytes;
  const expected = kind === KIND_IN_ADDR ? "an IPv4 address like '127.0.0.1'" : "an IPv6 address like '::1'";
  throw invalidArgument(`${where()} must be ${expected}, not ${describe(value)}`);
}

/** A value in a message: what is not a number may be as deep and as long as anything. */
function describe(value: unknown): string {
  return typeof value === 'number' ? String(value) : value === null ? 'null' : `a value of type ${typeof value}`;
}
