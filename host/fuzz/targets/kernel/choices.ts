/**
 * What a case is besides its control bytes. It follows from these alone, so that the same bytes are the same case: from
 * a hash of them or, where they end with a trailer, from what stands there. The trailer is no part of the control data;
 * it keeps the case what it was while its bytes are made fewer.
 *
 *   control data ...   "case"   u32, little endian
 */

/** A trailer is a mark of four bytes and the number that the choices are taken from. */
export const TRAILER = 8;
const MARK = [0x63, 0x61, 0x73, 0x65] as const;
const [MARK_0, MARK_1, MARK_2, MARK_3] = MARK;

/** How the receiver's room for control data is chosen. */
export const ROOMS = ['exact', 'short', 'none', 'large'] as const;
export type Room = (typeof ROOMS)[number];

/** How the control data are made of the input. */
export const STYLES = ['patched', 'raw', 'composed'] as const;
export type Style = (typeof STYLES)[number];

// Of so many cases, how many are of which kind: the reading of what arrives wants arrivals, hostile bytes seldom arrive.
const STYLE_OF = [0, 0, 0, 0, 0, 1, 2, 2] as const;
const ROOM_OF = [0, 0, 0, 0, 1, 1, 2, 3] as const;

/** The case's number, a u32; its bits are the choices. */
export type CaseNumber = number;

/** Socket pairs by number: a type and whether the receiver asks for credentials. */
export const PAIRS = 6;

export const pairOf = (number: CaseNumber) => (number & 0xff) % PAIRS;
export const styleOf = (number: CaseNumber): Style => STYLES[STYLE_OF[(number >>> 8) & 7] as number] as Style;
export const roomOf = (number: CaseNumber): Room => ROOMS[ROOM_OF[(number >>> 11) & 7] as number] as Room;
/** Whether received descriptors are asked to be close-on-exec. */
export const isCloseOnExec = (number: CaseNumber) => ((number >>> 14) & 1) === 1;
/** A number that grows with nothing and is used where one of many is picked: 0 to 4095. */
export const pickOf = (number: CaseNumber) => number >>> 20;

/** Whether a trailer ends the input. */
export function hasTrailer(input: Uint8Array): boolean {
  const at = input.length - TRAILER;
  return (
    at >= 0 && input[at] === MARK_0 && input[at + 1] === MARK_1 && input[at + 2] === MARK_2 && input[at + 3] === MARK_3
  );
}

/** The number in the trailer, which there must be. */
export function trailerOf(input: Uint8Array): CaseNumber {
  const at = input.length - 4;
  const [a = 0, b = 0, c = 0, d = 0] = input.subarray(at);
  return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
}

/** The control data with a trailer behind them. */
export function withTrailer(control: Uint8Array, number: CaseNumber): Uint8Array {
  const input = new Uint8Array(control.length + TRAILER);
  input.set(control);
  input.set([...MARK, number & 255, (number >>> 8) & 255, (number >>> 16) & 255, number >>> 24], control.length);
  return input;
}

const HASH_FACTOR = 0x5bd1e995;

/** The number of control data without a trailer: a hash over their words, of which the last is filled up with zeros. */
export function hashWords(ints: Int32Array, first: number, count: number, bytes: number): CaseNumber {
  const end = first + count;
  let i = first;
  let a = bytes ^ HASH_FACTOR;
  let [b, c, d] = [1, 2, 3];
  // Four that do not wait for each other.
  for (; i + 4 <= end; i += 4) {
    a = mix(a, ints[i] as number);
    b = mix(b, ints[i + 1] as number);
    c = mix(c, ints[i + 2] as number);
    d = mix(d, ints[i + 3] as number);
  }
  for (; i < end; i++) a = mix(a, ints[i] as number);
  let hash = mix(mix(mix(a, b), c), d);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function mix(hash: number, word: number): number {
  return Math.imul(hash ^ word, HASH_FACTOR) ^ (hash >>> 15);
}
