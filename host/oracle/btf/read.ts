/**
 * Reads what was asked for by name out of BTF, the type information of a kernel (Documentation/bpf/btf.rst). One pass
 * notes where each type lies and which have a wanted name; no object is built for the other hundred thousand.
 *
 *   0  magic 0xeb9f   2 version   3 flags   4 hdr_len   8 type_off   12 type_len   16 str_off   20 str_len
 *   a type:  0 name_off   4 info: vlen 0-15, kind 24-28, kind_flag 31   8 size or type   12 what its kind brings
 */
import { ByteReader } from '../byte-reader.js';
import * as kinds from './kinds.js';

export interface BtfField {
  /** In bytes from the start of the outermost struct; of a bitfield the byte that it begins in. */
  offset: number;
  size: number;
  /** Of a bitfield alone: the first bit, from the start of the struct, and how many there are. */
  bitfield?: { bit: number; bits: number };
}

export interface BtfStruct {
  size: number;
  /** Members by name; those of anonymous structs and unions inside count as its own. */
  fields: Record<string, BtfField>;
}

export interface Btf {
  /** By name; several where the kernel has several of one name. */
  structs: Map<string, BtfStruct[]>;
  /** Values of enumerators by name, of whatever enum, anonymous ones too. */
  enumerators: Map<string, bigint>;
}

const MAGIC = 0xeb9f;
const HEADER = 24;
const TYPE = 12;
/** No C type is wrapped deeper than this; hostile ones that refer to themselves end here. */
const DEEPEST = 32;
/** Members of one struct, those of anonymous ones inside included: more than any real one has. */
const MOST_MEMBERS = 65536;

/** Throws one clear error for bytes that are not BTF, of either byte order. */
export function readBtf(
  bytes: Uint8Array,
  wanted: { structs: readonly string[]; enumerators: readonly string[] },
): Btf {
  return new BtfReader(bytes).read(new Set(wanted.structs), new Set(wanted.enumerators));
}

class BtfReader {
  readonly #in: ByteReader;
  readonly #bytes: Uint8Array;
  readonly #types: { start: number; end: number };
  readonly #strings: { start: number; end: number };
  /** Where each type lies; the type 0 is void. */
  #at: Uint32Array = new Uint32Array(1);
  #count = 1;
  #pointer = 8;

  constructor(bytes: Uint8Array) {
    const input = new ByteReader(bytes, 'BTF file');
    this.#in = input;
    this.#bytes = bytes;
    input.check(0, HEADER, 'its header');
    input.little = input.u8(0) === (MAGIC & 0xff);
    if (input.u16(0) !== MAGIC) throw input.wrong(`it begins with 0x${input.u16(0).toString(16)}, not 0xeb9f`);
    if (input.u8(2) !== 1) throw input.wrong(`version ${input.u8(2)} is not known, only 1`);
    const header = input.u32(4);
    if (header < HEADER) throw input.wrong(`its header says that it has ${header} bytes, less than ${HEADER}`);
    const section = (at: number, what: string) => {
      const start = header + input.u32(at);
      const size = input.u32(at + 4);
      input.check(start, size, what);
      return { start, end: start + size };
    };
    this.#types = section(8, 'its type section');
    this.#strings = section(16, 'its string section');
  }

  read(structs: ReadonlySet<string>, enumerators: ReadonlySet<string>): Btf {
    const found: Btf = { structs: new Map(), enumerators: new Map() };
    const named: [name: string, at: number][] = [];
    const mayBeStruct = beginningsOf(structs);
    const mayBeEnumerator = beginningsOf(enumerators);
    const { start, end } = this.#types;
    // No type is shorter, so there are no more than that.
    this.#at = new Uint32Array(Math.floor((end - start) / TYPE) + 1);
    for (let at = start; at < end; ) {
      if (TYPE > end - at) throw this.#in.wrong(`type ${this.#count} is cut off`);
      const info = this.#in.u32(at + 4);
      const kind = (info >>> 24) & 0x1f;
      const vlen = info & 0xffff;
      const tail = kinds.TAILS[kind];
      if (!tail) throw this.#in.wrong(`type ${this.#count} is of kind ${kind}, which is not known`);
      const size = TYPE + tail.fixed + vlen * tail.each;
      if (size > end - at) throw this.#in.wrong(`type ${this.#count} is cut off`);
      this.#at[this.#count++] = at;
      if (kind === kinds.KIND_STRUCT || kind === kinds.KIND_UNION) {
        const name = this.#nameIf(at, mayBeStruct);
        if (structs.has(name)) named.push([name, at]);
      } else if (kind === kinds.KIND_ENUM || kind === kinds.KIND_ENUM64) {
        const each = tail.each;
        for (let element = at + TYPE; element < at + size; element += each) {
          const name = this.#nameIf(element, mayBeEnumerator);
          if (enumerators.has(name)) found.enumerators.set(name, this.#enumerator(element, info >>> 31 === 1, each));
        }
      } else if (kind === kinds.KIND_INT && /^(long unsigned int|unsigned long)$/.test(this.#nameAt(at))) {
        this.#pointer = this.#in.u32(at + 8);
      }
      at += size;
    }
    // Members may be of types that come later.
    for (const [name, at] of named) found.structs.set(name, [...(found.structs.get(name) ?? []), this.#struct(at)]);
    return found;
  }

  #nameAt(at: number): string {
    const offset = this.#in.u32(at);
    if (offset === 0) return '';
    return this.#in.name(this.#strings.start + offset, this.#strings.end);
  }

  /** The name there, or nothing if it does not begin as a wanted one: most are never decoded. */
  #nameIf(at: number, mayBe: Uint8Array): string {
    const offset = this.#in.u32(at);
    const first = this.#strings.start + offset;
    if (offset === 0 || first + 1 >= this.#strings.end) return this.#nameAt(at);
    return mayBe[((this.#bytes[first] as number) << 8) | (this.#bytes[first + 1] as number)] ? this.#nameAt(at) : '';
  }

  #enumerator(at: number, isSigned: boolean, each: number): bigint {
    const word = (offset: number) => BigInt(isSigned ? this.#in.i32(at + offset) : this.#in.u32(at + offset));
    return each === 8 ? word(4) : (word(8) << 32n) + BigInt(this.#in.u32(at + 4));
  }

  #struct(at: number): BtfStruct {
    const struct: BtfStruct = { size: this.#in.u32(at + 8), fields: {} };
    this.#addMembers(at, 0, 0, struct.fields, { members: 0 });
    return struct;
  }

  #addMembers(at: number, base: number, depth: number, into: Record<string, BtfField>, count: { members: number }) {
    if (depth > DEEPEST) throw this.#in.wrong('a struct lies within itself');
    const info = this.#in.u32(at + 4);
    const hasBits = info >>> 31 === 1;
    for (let i = 0; i < (info & 0xffff); i++) {
      if (++count.members > MOST_MEMBERS) throw this.#in.wrong('a struct has too many members');
      const member = at + TYPE + i * 12;
      const name = this.#nameAt(member);
      const type = this.#in.u32(member + 4);
      const where = this.#in.u32(member + 8);
      const bit = base + (hasBits ? where & 0xffffff : where);
      const bits = hasBits ? where >>> 24 : 0;
      if (name === '') {
        const inner = this.#skipNames(type);
        const kind = this.#kindAt(inner);
        // Without a name and no struct: an unnamed bitfield, which is padding.
        if (kind === kinds.KIND_STRUCT || kind === kinds.KIND_UNION) {
          this.#addMembers(inner, bit, depth + 1, into, count);
        }
      } else if (bits > 0) {
        define(into, name, { offset: bit >>> 3, size: Math.ceil(((bit & 7) + bits) / 8), bitfield: { bit, bits } });
      } else {
        define(into, name, { offset: bit >>> 3, size: this.#sizeOf(type, 0) });
      }
    }
  }

  #typeAt(type: number): number {
    if (type === 0 || type >= this.#count)
      throw this.#in.wrong(`there is no type ${type}, only 1 to ${this.#count - 1}`);
    return this.#at[type] as number;
  }

  #kindAt(at: number): number {
    return (this.#in.u32(at + 4) >>> 24) & 0x1f;
  }

  /** Where the type lies that typedefs and qualifiers stand for. */
  #skipNames(type: number): number {
    for (let depth = 0, next = type; depth <= DEEPEST; depth++) {
      const at = this.#typeAt(next);
      if (!isName(this.#kindAt(at))) return at;
      next = this.#in.u32(at + 8);
    }
    throw this.#in.wrong(`type ${type} stands for itself`);
  }

  /** Bytes of a type; 0 for what has no size, as an array without length. */
  #sizeOf(type: number, depth: number): number {
    if (depth > DEEPEST) throw this.#in.wrong(`type ${type} is an array of itself`);
    const at = this.#skipNames(type);
    const kind = this.#kindAt(at);
    if (kind === kinds.KIND_PTR) return this.#pointer;
    if (kind === kinds.KIND_ARRAY) return this.#in.u32(at + 20) * this.#sizeOf(this.#in.u32(at + 12), depth + 1);
    return SIZED.has(kind) ? this.#in.u32(at + 8) : 0;
  }
}

const SIZED: ReadonlySet<number> = new Set([
  kinds.KIND_INT,
  kinds.KIND_STRUCT,
  kinds.KIND_UNION,
  kinds.KIND_ENUM,
  kinds.KIND_FLOAT,
  kinds.KIND_ENUM64,
]);

function isName(kind: number): boolean {
  return (kind >= kinds.KIND_TYPEDEF && kind <= kinds.KIND_RESTRICT) || kind === kinds.KIND_TYPE_TAG;
}

/** By their first two bytes, whether one of the names begins so. */
function beginningsOf(names: ReadonlySet<string>): Uint8Array {
  const table = new Uint8Array(65536);
  for (const name of names) table[(name.charCodeAt(0) << 8) | (name.charCodeAt(1) || 0)] = 1;
  return table;
}

/** As an own member whatever its name: `__proto__` is one like others. */
function define(into: Record<string, BtfField>, name: string, field: BtfField): void {
  Object.defineProperty(into, name, { value: field, enumerable: true, configurable: true, writable: true });
}
