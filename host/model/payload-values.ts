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

/** What holds a value, for an error; asked for only then. */
export type Where = () => string;

/** The value of a member of the struct at `at`, with `count` elements if it is an array. */
export function readMember(
  codec: CodecInstance,
  abi: number,
  member: Member,
  at: number,
  count = member.count,
): PayloadValue {
  const start = at + member.offset;
  if (!member.isArray) return readElement(codec, abi, member, start);
  const elements = new Array<PayloadValue>(count);
  for (let i = 0; i < count; i++) elements[i] = readElement(codec, abi, member, start + i * member.size);
  return elements;
}

function readElement(codec: CodecInstance, abi: number, member: Member, at: number): PayloadValue {
  const { code, size, kind } = member;
  if (member.isStruct) {
    const value: Record<string, PayloadValue> = {};
    for (const inner of membersOf(codec, abi, code)) value[inner.name] = readMember(codec, abi, inner, at);
    return value;
  }
  if (kind === 'in_addr') return formatIpv4(codec.bytes.subarray(at, at + size));
  if (kind === 'in6_addr') return formatIpv6(codec.bytes.subarray(at, at + size));
  if (size < 8) return codec.exports.loadShort(abi, code, at);
  const loaded = codec.exports.loadNumber(abi, code, at);
  // What WebAssembly gives is signed, whatever the type.
  const value = codec.exports.isSigned(code) === 1 ? loaded : BigInt.asUintN(64, loaded);
  return isExact(value) ? Number(value) : value;
}

/**
 * Writes a member of the struct at `at`: `count` elements of it if it is an array. `where` names the struct, for an
 * error.
 */
export function writeMember(
  codec: CodecInstance,
  abi: number,
  member: Member,
  at: number,
  value: unknown,
  where: Where,
  count = member.count,
): void {
  const start = at + member.offset;
  if (!member.isArray) {
    writeElement(codec, abi, member, start, value, where, -1);
    return;
  }
  const elements = listOf(value, member, where);
  if (member.count > 0 && elements.length !== count) {
    throw invalidArgument(`${where()}.${member.name} must be a list of ${count}, not of ${elements.length}`);
  }
  // Counted, as a hole is an element too: left out it would send whatever stood there.
  for (let i = 0; i < count; i++) {
    writeElement(codec, abi, member, start + i * member.size, elements[i], where, i);
  }
}

/** Writes one element; `index` is its place in a list, -1 where the member is none. */
function writeElement(
  codec: CodecInstance,
  abi: number,
  member: Member,
  at: number,
  value: unknown,
  where: Where,
  index: number,
): void {
  const { code, size, kind } = member;
  if (member.isStruct) writeStruct(codec, abi, member, at, value, () => nameOf(where, member, index));
  else if (kind === 'in_addr' || kind === 'in6_addr') {
    const bytes = typeof value === 'string' ? (kind === 'in_addr' ? parseIpv4 : parseIpv6)(value) : undefined;
    if (!bytes) throw refused(where, member, index, value);
    codec.bytes.set(bytes, at);
  } else if (size < 8) {
    if (!isInteger(value, 8 * size)) throw refused(where, member, index, value);
    codec.exports.storeShort(abi, code, at, value);
  } else {
    const wide = wideInteger(value);
    if (wide === undefined) throw refused(where, member, index, value);
    codec.exports.storeNumber(abi, code, at, wide);
  }
}

function writeStruct(
  codec: CodecInstance,
  abi: number,
  { code, size }: Member,
  at: number,
  value: unknown,
  where: Where,
): void {
  const members = membersOf(codec, abi, code);
  const given = recordOf(value, new Set(members.map(({ name }) => name)), where);
  codec.bytes.fill(0, at, at + size);
  for (const member of members) writeMember(codec, abi, member, at, given[member.name], where);
}

const nestedStructs = perCodec(() => new Map<number, Member[]>());

/** The members of a struct by its number, padding left out; described once an ABI. */
export function membersOf(codec: CodecInstance, abi: number, struct: number): Member[] {
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
export function recordOf(value: unknown, names: ReadonlySet<string>, where: Where): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidArgument(`${where()} must be an object with ${[...names].join(', ')}`);
  }
  refuseOthers(value, names, where);
  return value as Record<string, unknown>;
}

/** The value as a list of what `member` holds. */
export function listOf(value: unknown, member: Member, where: Where): readonly unknown[] {
  if (Array.isArray(value)) return value;
  const what = member.isStruct ? 'objects' : 'integers';
  throw invalidArgument(`${where()}.${member.name} must be a list of ${what}, not ${describe(value)}`);
}

function isExact(value: bigint): boolean {
  return value >= -(2n ** 53n) && value <= 2n ** 53n;
}

/** An integer of that many bits, signed, or the unsigned number of the same bits: ids above 2^31 are written either way. */
function isInteger(value: unknown, bits: number): value is number {
  if (typeof value !== 'number') return false;
  if ((value | 0) === value && bits === 32) return true;
  return Number.isInteger(value) && value >= -(2 ** (bits - 1)) && value < 2 ** bits;
}

/** The same for 64 bits: a number up to 2^53, a bigint, or the text `0x...` that JSON has in its place. */
function wideInteger(value: unknown): bigint | undefined {
  if (typeof value === 'number')
    return Number.isInteger(value) && Math.abs(value) <= 2 ** 53 ? BigInt(value) : undefined;
  const wide = typeof value === 'string' ? bigintOf(value) : value;
  if (typeof wide !== 'bigint') return undefined;
  return wide >= -(2n ** 63n) && wide < 2n ** 64n ? wide : undefined;
}

function bigintOf(text: string): bigint | undefined {
  if (!/^-?0x[0-9a-fA-F]{1,16}$/.test(text)) return undefined;
  return text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text);
}

/** `messages[0].fds[2]`, `messages[1].credentials.pid` */
function nameOf(where: Where, { name }: Member, index: number): string {
  return `${where()}.${name}${index < 0 ? '' : `[${index}]`}`;
}

function refused(where: Where, member: Member, index: number, value: unknown) {
  return invalidArgument(`${nameOf(where, member, index)} must be ${expected(member)}, not ${describe(value)}`);
}

function expected({ kind, size }: Member): string {
  if (kind === 'in_addr') return "an IPv4 address like '127.0.0.1'";
  if (kind === 'in6_addr') return "an IPv6 address like '::1'";
  return `a ${8 * size}-bit integer${size === 8 ? ", beyond 2^53 a bigint or '0x...'" : ''}`;
}

/** A value in a message: what is not a number may be as deep and as long as anything. */
function describe(value: unknown): string {
  return typeof value === 'number' ? String(value) : value === null ? 'null' : `a value of type ${typeof value}`;
}
