import { encodeControl } from '../../model/encode.js';
import { parseControl } from '../../model/parse.js';
import type { CodecInstance } from '../../wasm/instance.js';
import { Difference } from '../answer.js';
import type { Kernel, Received } from './socket.js';

/** A message that a row is to encode. Names say what it is called in an error. */
export interface Spoken {
  name: string;
  level: number;
  type: number;
  /** As the row takes it: a number, a list of them, or members by their official names; default: as it reads `bytes`. */
  value?: unknown;
  /** The same in bytes, as Linux has it here: what the row must encode, and what is sent where no row has it. */
  bytes: Uint8Array;
}

/** Whether a number or address, as a row reads it, is what was asked. */
export interface Expectation {
  text: string;
  holds(value: unknown): boolean;
}

/** One exchange with the kernel by way of one ABI row: encodes, reads, compares, and counts what was compared. */
export class Dialogue {
  readonly kernel: Kernel;
  readonly #codec: CodecInstance;
  readonly #abi: string;
  /** Facts that were compared. */
  facts = 0;
  /** What the rows have no payload for: it was exchanged as bytes. */
  readonly unknown = new Set<string>();

  constructor(kernel: Kernel, codec: CodecInstance, abi: string) {
    this.kernel = kernel;
    this.#codec = codec;
    this.#abi = abi;
  }

  /** The control buffer that the row encodes for these messages. */
  encode(...messages: readonly Spoken[]): Uint8Array {
    const spoken = messages.map(({ name, level, type, bytes, value }) => {
      const read = this.#read(level, type, bytes);
      if (read) return { [read.key]: (value ?? read.value) as number };
      this.unknown.add(name);
      return { level, type, data: bytes };
    });
    const { control } = encodeControl(this.#codec, this.#abi, spoken);
    for (const [i, { name, level, type, bytes }] of messages.entries()) {
      const written = parseControl(this.#codec, this.#abi, control).messages[i];
      const is = [written?.level, written?.type, hex(written?.data)].join(' ');
      const should = [level, type, hex(bytes)].join(' ');
      if (is !== should) throw new Difference(`${name}: the row encodes ${is}, Linux takes ${should}`);
      this.facts++;
    }
    return control;
  }

  /**
   * Reads what came with the row, finds the message, and compares the members that are expected. Returns its bytes, or
   * undefined where the kernel wrote no such message.
   */
  find(
    received: Received,
    name: string,
    level: number,
    type: number,
    expected: Expectation | Record<string, Expectation>,
  ): Uint8Array | undefined {
    const { messages, problem } = parseControl(this.#codec, this.#abi, received.control);
    if (problem !== undefined) throw new Difference(`${name}: what the kernel wrote does not parse: ${problem}`);
    const message = messages.find((each) => each.level === level && each.type === type);
    if (!message) return undefined;
    const read = this.#read(level, type, message.data);
    if (!read) {
      this.unknown.add(name);
      return message.data;
    }
    const { value } = read;
    if (isExpectation(expected)) this.same(name, value, expected);
    else {
      for (const [member, each] of Object.entries(expected)) this.same(`${name}.${member}`, dig(value, member), each);
    }
    return message.data;
  }

  /** As `find`, where the kernel must have written the message. */
  must(...asked: Parameters<Dialogue['find']>): Uint8Array {
    const found = this.find(...asked);
    if (!found) throw new Difference(`${asked[1]}: there is none in what the kernel wrote (${hex(asked[0].control)})`);
    return found;
  }

  same(name: string, value: unknown, expected: Expectation): void {
    if (!expected.holds(value)) throw new Difference(`${name} reads ${show(value)}, not ${expected.text}`);
    this.facts++;
  }

  /** A buffer with one message of these bytes, whether a row knows it or not. */
  raw(level: number, type: number, data: Uint8Array): Uint8Array {
    return encodeControl(this.#codec, this.#abi, [{ level, type, data }]).control;
  }

  /** What the rows make of a message: the name that it goes under in encode and parse, and its value. */
  #read(level: number, type: number, data: Uint8Array): { key: string; value: unknown } | undefined {
    const [message = {}] = parseControl(this.#codec, this.#abi, this.raw(level, type, data)).messages;
    const named = Object.entries(message).find(([name]) => !PLAIN.has(name));
    return named && { key: named[0], value: named[1] };
  }
}

const PLAIN: ReadonlySet<string> = new Set(['offset', 'level', 'type', 'data', 'name']);

function isExpectation(expected: Expectation | Record<string, Expectation>): expected is Expectation {
  return typeof expected.holds === 'function';
}

/** A member by its name, wherever it lies inside. */
function dig(value: unknown, member: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Object.hasOwn(value, member)) return (value as Record<string, unknown>)[member];
  for (const inner of Object.values(value)) {
    const found = dig(inner, member);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('hex');
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `${each}` : each)) ?? 'nothing';
}

const isNumber = (value: unknown): value is number | bigint => typeof value === 'number' || typeof value === 'bigint';

/** This number, whether it is read as a number or as a bigint. */
export function is(number: number | bigint): Expectation {
  return { text: `${number}`, holds: (value) => isNumber(value) && BigInt(value) === BigInt(number) };
}

export function between(least: bigint, most: bigint): Expectation {
  return {
    text: `${least} to ${most}`,
    holds: (value) => isNumber(value) && BigInt(value) >= least && BigInt(value) <= most,
  };
}

export function list(numbers: readonly number[]): Expectation {
  return {
    text: JSON.stringify(numbers),
    holds: (value) => Array.isArray(value) && JSON.stringify(value.map(Number)) === JSON.stringify(numbers),
  };
}

/** An address as text. */
export function text(address: string): Expectation {
  return { text: address, holds: (value) => value === address };
}

/** So many numbers, whichever. */
export function many(count: number): Expectation {
  return { text: `${count} numbers`, holds: (value) => Array.isArray(value) && value.length === count };
}

export const anything: Expectation = { text: 'anything', holds: (value) => value !== undefined };
