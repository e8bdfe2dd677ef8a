/** A control buffer as what it is made of: what shrinks is this, and the bytes follow from it. */
import { type Arbitrary, array, boolean, constantFrom, integer, record, tuple } from 'fast-check';
import { codecInstance, encodeControl } from './base.js';
import { KINDS, VARIANTS, wrongLength } from './lengths.js';
import { orNone, rarely } from './maybe.js';
import { anyMessage, type GeneratedMessage } from './messages.js';
import { makeNoise } from './noise.js';
import { type Shape, storeNumber } from './shape.js';

/** The kind of a wrong length, and its variant. */
type Flaw = readonly [kind: number, variant: number];

export interface Plan {
  readonly parts: readonly { readonly message: GeneratedMessage; readonly flaw: Flaw | null }[];
  /** Whether the last message lacks its padding. */
  readonly isTight: boolean;
  /** What padding holds. */
  readonly fill: number;
  /** What is behind the last message: `size` bytes of `fill`, or noise. */
  readonly tail: { readonly fill: number; readonly size: number } | null;
  /** Bytes that are missing at the end. */
  readonly cut: number;
}

/** Memory that was never written: cleared, set, and as debug builds leave it. */
export const FILLS = [0, 0xff, 0xcc];
const NOISE = -1;
const LONGEST_TAIL = 23;
const LONGEST_CUT = 64;

/** Plans of buffers, sound and with flaws; each flaw shrinks to none by itself. */
export function anyPlan(shape: Shape, maxLength: number): Arbitrary<Plan> {
  const flaw = tuple(integer({ min: 0, max: KINDS - 1 }), integer({ min: 0, max: VARIANTS - 1 }));
  const part = record({ message: anyMessage(shape), flaw: orNone(flaw) });
  const tail = record({
    fill: constantFrom(...FILLS, NOISE),
    size: integer({ min: 1, max: LONGEST_TAIL }),
  });
  return record({
    parts: array(part, { maxLength, size: 'max' }),
    isTight: boolean(),
    fill: constantFrom(...FILLS),
    tail: orNone(tail),
    cut: rarely(LONGEST_CUT),
  });
}

/** The bytes of a plan. */
export function writePlan(shape: Shape, { parts, isTight, fill, tail, cut }: Plan): Uint8Array<ArrayBuffer> {
  const messages = parts.map(({ message }) => message);
  const { control, offsets } = encodeControl(codecInstance(), shape.abi, messages, { fill, tight: isTight });
  const size = control.length + (tail?.size ?? 0);
  const bytes = new Uint8Array(size);
  bytes.set(control);
  if (tail) bytes.set(writeTail(tail), control.length);
  for (const [i, { message, flaw }] of parts.entries()) {
    const offset = offsets[i] as number;
    if (!flaw) continue;
    const length = wrongLength(shape, flaw, shape.data + message.data.length, size - offset);
    storeNumber(bytes, offset + shape.length.offset, shape.length.size, length, shape.isLittle);
  }
  return bytes.slice(0, Math.max(0, size - cut));
}

function writeTail({ fill, size }: { fill: number; size: number }): Uint8Array {
  return fill === NOISE ? makeNoise(size, size) : new Uint8Array(size).fill(fill);
}

/** Whether a plan's bytes are other ones than an encoder makes of its messages. */
export function isFlawed(shape: Shape, { parts, fill, ...plan }: Plan): boolean {
  const sound = parts.map(({ message }) => ({ message, flaw: null }));
  const right = writePlan(shape, { parts: sound, fill, isTight: false, tail: null, cut: 0 });
  const bytes = writePlan(shape, { parts, fill, ...plan });
  return bytes.length !== right.length || bytes.some((byte, i) => byte !== right[i]);
}
