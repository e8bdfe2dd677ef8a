import { ByteReader, latin1 } from '../byte-reader.js';
import type { ObjectFile } from './object-file.js';

const SECTION_CUSTOM = 0;
const SECTION_DATA = 11;
const LINKING_VERSION = 2;
const WASM_SYMBOL_TABLE = 8;
const SYMTAB_DATA = 1;
const SYMTAB_SECTION = 3;
const SYM_UNDEFINED = 0x10;
const SYM_EXPLICIT_NAME = 0x40;
const OP_I32_CONST = 0x41;
const OP_I64_CONST = 0x42;
const OP_END = 0x0b;
/** A segment that says its memory, and one that lies nowhere until it is copied. */
const WITH_MEMORY = 2;
const PASSIVE = 1;

interface Place {
  segment: number;
  offset: number;
}

/** Reads a relocatable WebAssembly file: its data segments, and the symbols of its section "linking" (Linking.md). */
export function readWasmObject(bytes: Uint8Array): ObjectFile {
  const input = new ByteReader(bytes, 'wasm object');
  if (input.u32(4) !== 1) throw input.wrong(`its version is ${input.u32(4)}, not 1`);
  let segments: Uint8Array[] = [];
  let places: Map<string, Place> | undefined;
  for (const section of readSections(input, 8, input.size)) {
    if (section.id === SECTION_DATA) segments = readSegments(section.body);
    else if (section.id === SECTION_CUSTOM && section.body.text() === 'linking') places = readSymbols(section.body);
  }
  if (!places) throw input.wrong('it has no section "linking": it is linked already');
  const symbols = places;
  return {
    format: 'wasm object',
    endian: 'little',
    word: 4,
    read(name) {
      const place = symbols.get(name);
      if (!place) return undefined;
      const segment = segments[place.segment];
      if (!segment || place.offset > segment.length) {
        throw input.wrong(`the symbol ${name} does not lie within its data`);
      }
      return segment.subarray(place.offset);
    },
  };
}

function* readSections(input: ByteReader, start: number, end: number): Iterable<{ id: number; body: Cursor }> {
  const cursor = new Cursor(input, start, end);
  while (!cursor.done) {
    const id = cursor.u8();
    yield { id, body: cursor.part() };
  }
}

function readSegments(body: Cursor): Uint8Array[] {
  const segments: Uint8Array[] = [];
  for (let left = body.leb(); left > 0; left--) {
    const flags = body.leb();
    if (flags === WITH_MEMORY) body.leb();
    if (flags !== PASSIVE) {
      const operation = body.u8();
      if (operation !== OP_I32_CONST && operation !== OP_I64_CONST)
        throw body.wrong('a data segment has no fixed place');
      body.skipLeb();
      if (body.u8() !== OP_END) throw body.wrong('a data segment has no fixed place');
    }
    segments.push(body.bytes());
  }
  return segments;
}

function readSymbols(body: Cursor): Map<string, Place> {
  const version = body.leb();
  if (version !== LINKING_VERSION) throw body.wrong(`its section "linking" has version ${version}, not 2`);
  const places = new Map<string, Place>();
  while (!body.done) {
    const kind = body.u8();
    const table = body.part();
    if (kind !== WASM_SYMBOL_TABLE) continue;
    for (let left = table.leb(); left > 0; left--) {
      const symbol = table.u8();
      const flags = table.leb();
      const isDefined = (flags & SYM_UNDEFINED) === 0;
      if (symbol === SYMTAB_DATA) {
        const name = table.text();
        if (!isDefined) continue;
        const segment = table.leb();
        const offset = table.leb();
        table.leb();
        places.set(name, { segment, offset });
      } else {
        table.leb();
        if (symbol !== SYMTAB_SECTION && (isDefined || flags & SYM_EXPLICIT_NAME)) table.text();
      }
    }
  }
  return places;
}

/** Reads on from where it stands, up to its end. */
class Cursor {
  readonly #in: ByteReader;
  #at: number;
  readonly #end: number;

  constructor(input: ByteReader, start: number, end: number) {
    this.#in = input;
    this.#at = start;
    this.#end = end;
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  u8(): number {
    return this.#in.u8(this.#take(1));
  }

  /** An unsigned number of 32 bits, in LEB128. */
  leb(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw this.wrong('a number is too long');
  }

  /** Passes over a number of whatever width and sign. */
  skipLeb(): void {
    for (let i = 0; this.u8() >= 0x80; i++) if (i === 9) throw this.wrong('a number is too long');
  }

  bytes(): Uint8Array {
    const size = this.leb();
    return this.#in.slice(this.#take(size), size, 'its data');
  }

  text(): string {
    return latin1(this.bytes());
  }

  /** What follows, as long as it says, to be read by itself. */
  part(): Cursor {
    const size = this.leb();
    const start = this.#take(size);
    return new Cursor(this.#in, start, start + size);
  }

  wrong(what: string): Error {
    return this.#in.wrong(what);
  }

  #take(size: number): number {
    if (size > this.#end - this.#at) throw this.wrong(`what is at ${this.#at} does not end where it should`);
    const at = this.#at;
    this.#at += size;
    return at;
  }
}
