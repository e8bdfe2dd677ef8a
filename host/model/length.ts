/** A number, or its hexadecimal text where a number would not be exact. */
export type Length = number | `0x${string}` | `-0x${string}`;

/** `value` as a number up to 2^53, beyond that as `0x...`. */
export function exactLength(value: bigint): Length {
  const magnitude = value < 0n ? -value : value;
  if (magnitude <= 2n ** 53n) return Number(value);
  return value < 0n ? `-0x${magnitude.toString(16)}` : `0x${magnitude.toString(16)}`;
}
