import { malformed } from './malformed.js';

/** Reads numbers and names of a foreign file: what lies outside is one clear error, whatever the file claims. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #kind: string;
  little = true;

  /** `kind` is what the file should be, for the error. */
  constructor(bytes: Uint8Array, kind: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#kind = kind;
  }

  get size(): number {
    return this.#bytes.length;
  }

  /** Throws unless `size` bytes at `at` lie inside the file. */
  check(at: number, size: number, what: string): void {
    if (!(at >= 0 && size >= 0 && size <= this.size - at)) {
      throw this.wrong(`${what}, ${size} bytes at ${at}, does not lie within its ${this.size} bytes`);
    }
  }

  u8(at: number): number {
    this.check(at, 1, 'a number');
    return this.#bytes[at] as number;
  }

  u16(at: number): number {
    this.check(at, 2, 'a number');
    return this.#view.getUint16(at, this.little);
  }

  u32(at: number): number {
    this.check(at, 4, 'a number');
    return this.#view.getUint32(at, this.little);
  }

  i32(at: number): number {
    return this.u32(at) | 0;
  }

  /** A 64-bit number; one that no offset of a file could be is refused. */
  u64(at: number): number {
    this.check(at, 8, 'a number');
    const value = this.#view.getBigUint64(at, this.little);
    if (value > Number.MAX_SAFE_INTEGER) throw this.wrong(`the number 0x${value.toString(16)} at ${at} is too large`);
    return Number(value);
  }

  /** The bytes of a name that ends in NUL before `end`. */
  name(at: number, end: number): string {
    const stop = at < end ? this.#bytes.indexOf(0, at) : -1;
    if (stop < 0 || stop >= end) throw this.wrong(`the name at ${at} does not end`);
    return latin1(this.#bytes.subarray(at, stop));
  }

  slice(at: number, size: number, what: string): Uint8Array {
    this.check(at, size, what);
    return this.#bytes.subarray(at, at + size);
  }

  wrong(what: string): Error {
    return malformed(this.#kind, what);
  }
}

/** Every byte as the character of its number. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
