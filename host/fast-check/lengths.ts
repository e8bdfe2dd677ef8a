import type { Shape } from './shape.js';

/** Where a length stands, in bytes. */
interface Place {
  /** The right cmsg_len. */
  readonly right: bigint;
  /** From its header to the end of the buffer. */
  readonly left: bigint;
  /** 0 to 63, and 0 to 7. */
  readonly many: bigint;
  readonly few: bigint;
}

/** The numbers of a shape that lengths are near to. */
interface Sizes {
  readonly header: bigint;
  readonly data: bigint;
  readonly unit: bigint;
}

type WrongLength = (sizes: Sizes, place: Place) => bigint;

/** The low bits count, as many as cmsg_len has: below 0 is above, where sums wrap. Plain ones first: shrinking goes there. */
const WRONG_LENGTHS: readonly WrongLength[] = [
  () => 0n,
  ({ header }) => header,
  ({ header }) => header - 1n,
  ({ data }) => data,
  (_, { few }) => few,
  ({ header }, { many }) => many % (header + 1n),
  (_, { left }) => left,
  (_, { left }) => left + 1n,
  (_, { left }) => left - 1n,
  (_, { left }) => left + 8n,
  (_, { left }) => left - 8n,
  // CMSG_SPACE in the place of CMSG_LEN.
  ({ unit }, { right }) => (right + unit - 1n) & -unit,
  // Into what follows, or short of it.
  ({ unit }, { right, few }) => right + unit * (few - 3n),
  (_, { few }) => -1n - few,
  (_, { few }) => 0xffff_ffffn - few,
  ({ unit }, { few }) => -unit * (1n + few),
  ({ header, unit }, { few }) => -header - unit * few,
  (_, { few }) => 0x8000_0000n + few - 4n,
  (_, { right }) => 0x1_0000_0000n + right,
  (_, { right, many }) => right ^ (1n << many),
];

/** How many kinds of wrong lengths there are, and the variants of each. */
export const KINDS = WRONG_LENGTHS.length;
export const VARIANTS = 64;

/** A wrong cmsg_len of a message: `right` is the right one, and `left` bytes are left from its header on. */
export function wrongLength(
  { header, data, unit }: Shape,
  [kind, variant]: readonly [number, number],
  right: number,
  left: number,
): bigint {
  const sizes = { header: BigInt(header), data: BigInt(data), unit: BigInt(unit) };
  const many = BigInt(variant);
  const length = WRONG_LENGTHS[kind] as WrongLength;
  return length(sizes, { right: BigInt(right), left: BigInt(left), many, few: many & 7n });
}
