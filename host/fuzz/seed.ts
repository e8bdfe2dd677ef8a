/** Seeds of 64 bits: of a run, and of its jobs, which are to do different work. */
import { randomBytes } from 'node:crypto';

const BITS = 64;

/** A seed that nobody knows beforehand. */
export function makeSeed(): bigint {
  return randomBytes(BITS / 8).readBigUInt64LE();
}

/** A seed made of another one and some numbers: other numbers, another seed (splitmix64's mixing). */
export function deriveSeed(seed: bigint, ...numbers: readonly number[]): bigint {
  return numbers.reduce((state, number) => mix(state ^ mix(BigInt(number))), seed);
}

function mix(value: bigint): bigint {
  let z = cut(value + 0x9e3779b97f4a7c15n);
  z = cut((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = cut((z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  return z ^ (z >> 31n);
}

function cut(value: bigint): bigint {
  return BigInt.asUintN(BITS, value);
}
