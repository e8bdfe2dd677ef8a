/** Makes an input that shows something as small and plain as it can be while it still shows it. */
import { findSpans, type Shape, shapeOf, storeLength } from './messages.js';

export interface MinimizeOptions {
  /** Id of the ABI whose messages the input is made of. */
  abi: string;
  /** How often an input is tried, at most. */
  tries?: number;
}

const TRIES = 2000;

type Bytes = Uint8Array<ArrayBuffer>;
/** Inputs that may be simpler than one. */
type Simpler = (bytes: Bytes, shape: Shape) => Iterable<Bytes>;

/** What is coarse before what is fine. */
const STEPS: readonly Simpler[] = [leaveMessages, shortenPayloads, cutEnd, clearSpans, leaveBytes, lowerBytes];

/**
 * The simplest input found for which `isStill` holds, `input` itself if there is none: messages left out, payloads
 * shortened, bytes set to zero; then bytes left out and made smaller. The same input and the same answers give the same
 * result. It ends always; `isStill` is asked `tries` times at most, and what it throws is thrown.
 */
export async function minimize(
  input: Uint8Array,
  isStill: (input: Bytes) => boolean | Promise<boolean>,
  { abi, tries = TRIES }: MinimizeOptions,
): Promise<Bytes> {
  const shape = shapeOf(abi);
  let best: Bytes = Uint8Array.from(input);
  let left = tries;
  /** The first input of a step that is simpler and still shows it. */
  const improve = async (step: Simpler): Promise<boolean> => {
    for (const next of step(best, shape)) {
      if (left === 0) return false;
      if (!isSimpler(next, best)) continue;
      left--;
      if (!(await isStill(Uint8Array.from(next)))) continue;
      best = next;
      return true;
    }
    return false;
  };
  for (let isBetter = true; isBetter && left > 0; ) {
    isBetter = false;
    for (const step of STEPS) while (await improve(step)) isBetter = true;
  }
  return best;
}

/** Shorter; or as long, with fewer bytes that are not zero; or with as many, and the first that differs is smaller. */
export function isSimpler(one: Uint8Array, two: Uint8Array): boolean {
  if (one.length !== two.length) return one.length < two.length;
  const [few, many] = [one, two].map((bytes) => bytes.filter((byte) => byte !== 0).length) as [number, number];
  if (few !== many) return few < many;
  const at = one.findIndex((byte, i) => byte !== two[i]);
  return at >= 0 && (one[at] as number) < (two[at] as number);
}

function without(bytes: Bytes, start: number, end: number): Bytes {
  const rest = new Uint8Array(bytes.length - (end - start));
  rest.set(bytes.subarray(0, start));
  rest.set(bytes.subarray(end), start);
  return rest;
}

/** All messages but one, from the last on. */
function* leaveMessages(bytes: Bytes, shape: Shape): Iterable<Bytes> {
  for (const { start, end } of findSpans(bytes, shape).reverse()) yield without(bytes, start, end);
}

/** Each message with no payload, or with half or all but a unit of it, its length with it. */
function* shortenPayloads(bytes: Bytes, shape: Shape): Iterable<Bytes> {
  const { data, unit } = shape;
  for (const { start, end } of findSpans(bytes, shape)) {
    const payload = end - start - data;
    if (payload <= 0) continue;
    for (const keep of [0, Math.floor(payload / 2 / unit) * unit, payload - unit]) {
      if (keep < 0 || keep >= payload) continue;
      const shorter = without(bytes, start + data + keep, end);
      storeLength(shorter, start, data + keep, shape);
      yield shorter;
    }
  }
}

/** Without half of it, a quarter, ..., the last byte. */
function* cutEnd(bytes: Bytes): Iterable<Bytes> {
  for (let cut = bytes.length; cut >= 1; cut = cut > 1 ? Math.ceil(cut / 2) : 0) {
    yield bytes.slice(0, bytes.length - cut);
  }
}

/** With pieces of zeros, large ones first. */
function* clearSpans(bytes: Bytes): Iterable<Bytes> {
  for (let size = bytes.length; size >= 1; size = size > 1 ? Math.ceil(size / 2) : 0) {
    for (let start = 0; start < bytes.length; start += size) yield Uint8Array.from(bytes).fill(0, start, start + size);
  }
}

/** Without pieces of it, large ones first. */
function* leaveBytes(bytes: Bytes): Iterable<Bytes> {
  for (let size = Math.ceil(bytes.length / 2); size >= 1; size = size > 1 ? Math.ceil(size / 2) : 0) {
    for (let start = 0; start + size <= bytes.length; start += size) yield without(bytes, start, start + size);
  }
}

/** With a byte that is smaller. */
function* lowerBytes(bytes: Bytes): Iterable<Bytes> {
  for (const [at, byte] of bytes.entries()) {
    for (const lower of [1, byte >> 1, byte - 1]) {
      if (lower < 1 || lower >= byte) continue;
      const next = Uint8Array.from(bytes);
      next[at] = lower;
      yield next;
    }
  }
}
