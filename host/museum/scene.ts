import type { ControlMessage, EncodeOptions } from '../model/encode.js';
import { encodeControl } from '../model/encode.js';
import { bytesOfHex } from '../model/hex.js';
import { type Field, presentStruct, readLayout } from '../model/layout.js';
import { readNumbers } from '../model/numbers.js';
import { type ParsedMessage, parseControl } from '../model/parse.js';
import { findControlAbi, listAbis } from '../model/rows.js';
import type { CodecInstance } from '../wasm/instance.js';

/** Bytes in hexadecimal, or the messages that an ABI encodes to them. */
export type Bytes = string | readonly ControlMessage[];

/** A number that a program found, and the one that it looked for. */
export interface Asked {
  value: number;
  wanted: number;
}

/** So many are remembered. */
const MOST_ASKED = 256;

/** The ABI on which an exhibit is shown, with what its programs need of it. All sizes are bytes. */
export class Scene {
  readonly codec: CodecInstance;
  readonly abi: string;
  readonly word: 4 | 8;
  readonly isLittle: boolean;
  /** CMSG_LEN(0): what a header takes before its payload. */
  readonly header: number;
  readonly #row: number;
  readonly #fields: Record<string, Field>;
  readonly #numbers: Record<string, number>;
  readonly #errnos: [name: string, number: number][];
  #asked: Asked[] = [];

  constructor(codec: CodecInstance, abi: string) {
    this.codec = codec;
    this.abi = abi;
    this.#row = findControlAbi(codec, abi);
    const { word, endian } = listAbis(codec)[this.#row] as { word: 4 | 8; endian: string };
    this.word = word;
    this.isLittle = endian === 'little';
    this.#fields = presentStruct(readLayout(codec, abi), 'cmsghdr').fields;
    this.#numbers = readNumbers(codec, abi);
    this.#errnos = Object.entries(this.#numbers).filter(([name]) => /^E[A-Z]/.test(name));
    this.header = this.len(0);
  }

  /** CMSG_LEN */
  len(size: number): number {
    return this.codec.exports.cmsgLen(this.#row, size);
  }

  /** CMSG_SPACE */
  space(size: number): number {
    return this.codec.exports.cmsgSpace(this.#row, size);
  }

  /** A constant of the ABI's headers. */
  number(name: string): number {
    return this.#numbers[name] ?? Number.NaN;
  }

  /** The name of an errno, compared with one after the other. */
  errnoName(errno: number): string | undefined {
    return this.#errnos.find(([, number]) => this.equals(errno, number))?.[0];
  }

  /** The messages that a strict reader finds; undefined where it finds something wrong. */
  messages(control: Uint8Array): ParsedMessage[] | undefined {
    const { messages, problem } = parseControl(this.codec, this.abi, control);
    return problem === undefined ? messages : undefined;
  }

  encode(messages: readonly ControlMessage[], options?: EncodeOptions): Uint8Array {
    return encodeControl(this.codec, this.abi, messages, options).control;
  }

  /** The bytes that an exhibit names. */
  bytes(bytes: Bytes): Uint8Array {
    return typeof bytes === 'string' ? bytesOfHex(bytes, 'bytes of an exhibit') : this.encode(bytes);
  }

  is(message: { level: number; type: number }, level: string, type: string): boolean {
    return this.equals(message.level, this.number(level)) && this.equals(message.type, this.number(type));
  }

  /** Whether a payload has so many bytes, compared as its cmsg_len. */
  hasSize({ data }: { data: Uint8Array }, size: number): boolean {
    return this.equals(this.len(data.length), this.len(size));
  }

  /** Compares two numbers of 32 bits, and remembers that. */
  equals(value: number, wanted: number): boolean {
    if (this.#asked.length < MOST_ASKED) this.#asked.push({ value, wanted });
    return value === wanted;
  }

  /** What was compared since this was asked last. */
  takeAsked(): Asked[] {
    const asked = this.#asked;
    this.#asked = [];
    return asked;
  }

  isRights(message: { level: number; type: number }): boolean {
    return this.is(message, 'SOL_SOCKET', 'SCM_RIGHTS');
  }

  /** The descriptors of one SCM_RIGHTS message: as many as are whole. */
  fdsOf({ data }: { data: Uint8Array }): number[] {
    const view = viewOf(data);
    return Array.from({ length: Math.floor(data.length / 4) }, (_, i) => view.getInt32(4 * i, this.isLittle));
  }

  /** The unsigned number of the first bytes, at most four of them. */
  firstInt(data: Uint8Array): number | undefined {
    if (data.length === 0) return undefined;
    const view = viewOf(data);
    return data.length >= 4
      ? view.getInt32(0, this.isLittle)
      : data.length >= 2
        ? view.getUint16(0, this.isLittle)
        : data[0];
  }

  /** Writes a header as the ABI has it. */
  putHeader(buffer: Uint8Array, at: number, len: number, level: number, type: number): void {
    this.put(buffer, at + this.#offset('cmsg_len'), this.#size('cmsg_len'), len);
    this.put(buffer, at + this.#offset('cmsg_level'), 4, level);
    this.put(buffer, at + this.#offset('cmsg_type'), 4, type);
  }

  /** Writes an integer of 4 or 8 bytes, as far as the buffer goes. */
  put(buffer: Uint8Array, at: number, size: number, value: number): void {
    const bytes = new Uint8Array(8);
    const view = new DataView(bytes.buffer);
    if (size === 8) view.setBigInt64(0, BigInt(value), this.isLittle);
    else view.setInt32(0, value, this.isLittle);
    const shown = bytes.subarray(0, Math.max(0, Math.min(size, buffer.length - at)));
    if (shown.length > 0) buffer.set(shown, at);
  }

  #offset(field: string): number {
    return (this.#fields[field] as Field).offset;
  }

  #size(field: string): number {
    return (this.#fields[field] as Field).size;
  }
}

export function viewOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}
