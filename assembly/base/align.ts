/**
 * `n` rounded up to a multiple of `unit`, a power of two; wraps modulo 2^64 like the C macros do, so `n` above
 * 2^64 - unit gives 0. Both operands are u64 on purpose: a u32 mask would silently clear the upper half of `n`.
 */
export function alignUp(n: u64, unit: u64): u64 {
  return (n + unit - 1) & ~(unit - 1);
}
