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

/** The simplest input so far: each step reads it anew after what it has tried. */
interface Best {
  bytes: Bytes;
}

/** Inputs that may be simpler than the best one. What is tried goes on from where it was, so that nothing is tried twice. */
type Simpler = (best: Best, shape: Shape) => Iterable<Bytes>;

/** What is coarse before what is fine, what makes it shorter before what makes it plainer. */
const STEPS: readonly Simpler[] = [leaveMessages, cutEnd, shortenPayloads, leaveBytes, clearSpans, lowerBytes];

/**
 * The simplest input found for which `isStill` holds, `input` itself if there is none: messages left out, payloads
 * shortened, bytes left out; then bytes set to zero and made smaller. The same input and the same answers give the same
 * result. It ends always; `isStill` is asked `tries` times at most, and what it throws is thrown.
 */
export async function minimize(
  input: Uint8Array,
  isStill: (input: Bytes) => boolean | Promise<boolean>,
  { abi, tries = TRIES }: MinimizeOptions,
): Promise<Bytes> {
  const shape = shapeOf(abi);
  const best: Best = { bytes: Uint8Array.from(input) };
  let left = tries;
  /** Whether a step made it simpler. */
  const improve = async (step: Simpler): Promise<boolean> => {
    let isBetter = false;
    for (const next of step(best, shape)) {
      if (left === 0) break;
      if (!isSimpler(next, best.bytes)) continue;
      left--;
      const answer = isStill(Uint8Array.from(next));
      if (!(typeof answer === 'boolean' ? answer : await answer)) continue;
      best.bytes = next;
      isBetter = true;
    }
    return isBetter;
  };
  for (let isBetter = true; isBetter && left > 0; ) {
    isBetter = false;
    for (const step of STEPS) if (await improve(step)) isBetter = true;
  }
  return best.bytes;
}

/** Shorter; or as long, with fewer bytes that are not zero; or with as many, and the first that differs is smaller. */
export function isSimpler(one: Uint8Array, two: Uint8Array): boolean {
  if (one.length !== two.length) return one.length < two.length;
  let [few, many, first] = [0, 0, 0];
  for (let i = 0; i < one.length; i++) {
    const [a, b] = [one[i] as number, two[i] as number];
    if (a !== 0) few++;
    if (b !== 0) many++;
    if (first === 0) first = a - b;
  }
  return few === many ? first < 0 : few < many;
}

function without(bytes: Bytes, start: number, end: number): Bytes {
  const rest = new Uint8Array(bytes.length - (end - start));
  rest.set(bytes.subarray(0, start));
  rest.set(bytes.subarray(end), start);
  return rest;
}

/** `size` halved again and again, down to 1. */
function* halves(size: number): Iterable<number> {
  for (let half = size; half >= 1; half = half > 1 ? Math.ceil(half / 2) : 0) yield half;
}

/** Without half of the messages, a quarter, ..., one. From behind: what is before keeps its place. */
function* leaveMessages(best: Best, shape: Shape): Iterable<Bytes> {
  for (const many of halves(findSpans(best.bytes, shape).length)) {
    for (let last = findSpans(best.bytes, shape).length; last > 0; last -= many) {
      const spans = findSpans(best.bytes, shape);
      const [from, to] = [spans[Math.max(0, last - many)], spans[Math.min(last, spans.length) - 1]];
      if (from && to) yield without(best.bytes, from.start, to.end);
    }
  }
}

/** Each message with no payload, or with half or all but a unit of it, its length with it. */
function* shortenPayloads(best: Best, shape: Shape): Iterable<Bytes> {
  const { data, unit } = shape;
  for (let index = findSpans(best.bytes, shape).length - 1; index >= 0; index--) {
    for (let before: Bytes | undefined; before !== best.bytes; ) {
      before = best.bytes;
      const { start, end } = findSpans(before, shape)[index] ?? { start: 0, end: 0 };
      const payload = end - start - data;
      for (const keep of [0, Math.floor(payload / 2 / unit) * unit, payload - unit]) {
        if (before !== best.bytes || keep < 0 || keep >= payload) continue;
        const shorter = without(before, start + data + keep, end);
        storeLength(shorter, start, data + keep, shape);
        yield shorter;
      }
    }
  }
}

/** Without the end: all of it, half, a quarter, ..., the last byte. */
function* cutEnd(best: Best): Iterable<Bytes> {
  for (const cut of halves(best.bytes.length)) {
    if (cut <= best.bytes.length) yield best.bytes.slice(0, best.bytes.length - cut);
  }
}

/** Without pieces of it, large ones first, from behind. */
function* leaveBytes(best: Best): Iterable<Bytes> {
  for (const size of halves(Math.ceil(best.bytes.length / 2))) {
    for (let start = best.bytes.length - size; start >= 0; start -= size) {
      yield without(best.bytes, start, Math.min(start + size, best.bytes.length));
    }
  }
}

/** With pieces of zeros, large ones first. */
function* clearSpans(best: Best): Iterable<Bytes> {
  for (const size of halves(best.bytes.length)) {
    for (let start = 0; start < best.bytes.length; start += size) {
      const end = start + size;
      if (best.bytes.subarray(start, end).some((byte) => byte !== 0)) yield best.bytes.slice().fill(0, start, end);
    }
  }
}

/** With a byte that is smaller: as small as halving the way to what shows it no more finds. */
function* lowerBytes(best: Best): Iterable<Bytes> {
  for (let at = 0; at < best.bytes.length; at++) {
    let low = 0;
    for (let high = best.bytes[at] as number; high - low > 1; high = best.bytes[at] as number) {
      const middle = (low + high) >> 1;
      const next = best.bytes.slice();
      next[at] = middle;
      yield next;
      if (best.bytes[at] !== middle) low = middle;
    }
  }
}
