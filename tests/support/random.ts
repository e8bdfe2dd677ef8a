/** A seeded generator: a failing run is repeated with the seed that it printed, `SEED=N npm test`. */

export interface Random {
  /** An integer from 0 to `limit` - 1. */
  below(limit: number): number;
  bytes(length: number): Uint8Array;
  pick<T>(items: readonly T[]): T;
}

/** The seed in the environment, or a new one; printed either way. */
export function seed(): number {
  const value = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32)) >>> 0;
  console.log(`seed ${value}`);
  return value;
}

/** mulberry32. */
export function random(from: number): Random {
  let state = from;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  const below = (limit: number) => Math.floor((next() / 2 ** 32) * limit);
  return {
    below,
    bytes: (length) => Uint8Array.from({ length }, () => below(256)),
    pick: <T>(items: readonly T[]) => items[below(items.length)] as T,
  };
}
