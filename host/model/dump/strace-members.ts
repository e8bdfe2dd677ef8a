/** What strace shows of members of structs, as the values that encode takes. */
import type { CodecInstance } from '../../wasm/instance.js';
import { formatIpv4, formatIpv6 } from '../address.js';
import type { Member } from '../members.js';
import { membersOf, type PayloadValue } from '../payload-values.js';
import { valueOfConstant } from './constants.js';
import { wrongAt } from './place.js';
import type { StraceBytes, StraceValue } from './strace-values.js';

/** Bytes of sa_family, before sa_data. */
const FAMILY = 2;

/** A level or a type, by its number or its name. */
export function numberOf(codec: CodecInstance, abi: number, text: string, shown: StraceValue): number {
  if (shown.kind === 'number' && shown.value >= -(2n ** 31n) && shown.value < 2n ** 32n) return Number(shown.value);
  const value = shown.kind === 'name' ? valueOfConstant(codec, abi, shown.name) : undefined;
  if (value !== undefined) return value;
  const name = shown.kind === 'name' ? shown.name : 'this';
  throw wrongAt(
    text,
    shown.at,
    `${name} is no constant that is known on this ABI: run strace -X raw, which prints numbers`,
  );
}

/** Reads values of the members of one ABI. */
export class StraceMembers {
  readonly #codec: CodecInstance;
  readonly #abi: number;
  readonly #text: string;

  constructor(codec: CodecInstance, abi: number, text: string) {
    this.#codec = codec;
    this.#abi = abi;
    this.#text = text;
  }

  /** The value of a member, or of one element of it. */
  value(shown: StraceValue, member: Member): PayloadValue {
    if (member.isStruct && shown.kind === 'record') {
      return this.record(shown, membersOf(this.#codec, this.#abi, member.code));
    }
    if (member.isArray && shown.kind === 'list') {
      return shown.items.map((item) => this.value(item, { ...member, isArray: false }));
    }
    if (shown.kind === 'call') return this.#argument(shown.items, shown.name, shown.at, member);
    if (shown.kind === 'bytes' && !member.isArray) return this.#fromBytes(shown, member);
    return this.#plain(shown);
  }

  /**
   * A record by its members, as strace names them: those of every sockaddr begin with `sa_family`, and those of a struct
   * may stand among the others (`ee_errno`, where the kernel has `ee.ee_errno`).
   */
  record(shown: StraceValue, members: readonly Member[]): PayloadValue {
    if (shown.kind !== 'record') return this.#plain(shown);
    const value: Record<string, PayloadValue> = {};
    const left = new Map(shown.members);
    const data = left.get('sa_data');
    const take = (name: string) => {
      const found = left.get(name);
      left.delete(name);
      return found;
    };
    for (const member of members) {
      const { name } = member;
      const inner = member.isStruct ? membersOf(this.#codec, this.#abi, member.code) : [];
      const own = take(name) ?? (/^sin6?_family$/.test(name) ? take('sa_family') : undefined);
      if (own) value[name] = this.value(own, member);
      else if (inner.some((each) => left.has(each.name))) {
        const among = inner.map((each): [string, StraceValue | undefined] => [each.name, take(each.name)]);
        const parts = among.filter((part): part is [string, StraceValue] => part[1] !== undefined);
        value[name] = this.record({ ...shown, members: new Map(parts) }, inner);
      } else if (data?.kind === 'bytes') value[name] = this.#fromAddress(data, member);
    }
    if (data?.kind === 'bytes') this.#refuseRest(data, members);
    // What is no member: encode says so.
    for (const [name, rest] of left) if (name !== 'sa_data') value[name] = this.#plain(rest);
    return value;
  }

  /** Behind the last member of a sockaddr there is nothing that a message could say. */
  #refuseRest({ bytes, at }: StraceBytes, members: readonly Member[]): void {
    const end = Math.max(...members.map(({ offset, size }) => offset + size)) - FAMILY;
    if (bytes.subarray(end).every((byte) => byte === 0)) return;
    throw wrongAt(this.#text, at, 'sa_data has bytes where this address has none');
  }

  /** A member of a sockaddr of which strace shows the bytes only, those behind the family. */
  #fromAddress({ bytes, at }: StraceBytes, member: Member): PayloadValue {
    const from = member.offset - FAMILY;
    return this.#fromBytes({ kind: 'bytes', at, bytes: bytes.subarray(from, from + member.size) }, member);
  }

  /** What strace shows as bytes is in network order: ports and addresses, with -X raw. */
  #fromBytes(shown: StraceBytes, { kind, size, name }: Member): PayloadValue {
    const { bytes, at } = shown;
    if (bytes.length !== size)
      throw wrongAt(this.#text, at, `${name} has ${size} bytes, and ${bytes.length} are shown`);
    if (kind === 'in_addr') return formatIpv4(bytes);
    if (kind === 'in6_addr') return formatIpv6(bytes);
    return size > 4 ? this.#plain(shown) : bytes.reduce((value, byte) => value * 256 + byte, 0);
  }

  /** `inet_addr("127.0.0.1")`, `htons(80)`: what stands in the call is what is meant. */
  #argument(items: readonly StraceValue[], name: string, at: number, { kind }: Member): PayloadValue {
    const last = items.at(-1);
    if (!last) throw wrongAt(this.#text, at, `${name}() without anything in it`);
    if (last.kind !== 'bytes') return this.#plain(last);
    if (kind === 'in_addr' || kind === 'in6_addr') return String.fromCharCode(...last.bytes.subarray(0, 64));
    throw wrongAt(this.#text, at, `only the machine of strace knows what ${name}() gives: run strace -X raw`);
  }

  /** As JavaScript has it, whatever it is of. */
  #plain(shown: StraceValue): PayloadValue {
    switch (shown.kind) {
      case 'number':
        return shown.value >= -(2n ** 53n) && shown.value <= 2n ** 53n ? Number(shown.value) : shown.value;
      case 'name':
        return numberOf(this.#codec, this.#abi, this.#text, shown);
      case 'bytes':
        return [...shown.bytes];
      case 'list':
        return shown.items.map((item) => this.#plain(item));
      case 'record':
        return Object.fromEntries([...shown.members].map(([name, value]) => [name, this.#plain(value)]));
      case 'call':
        return shown.items[0] ? this.#plain(shown.items[0]) : [];
    }
  }
}
