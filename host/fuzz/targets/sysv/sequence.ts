/** Sequences of operations by chance, each from its own seed: one can be tried again without those before it. */
import { deriveSeed } from '../../seed.js';
import { INPUT_ROOM } from './model.js';

/** Bytes of an operation (assembly/kernel/queue/decode.ts). */
export const OPERATION = 4;
const MOST = INPUT_ROOM / OPERATION;

/** The sequence of that number: of as many operations as chance has it, `most` at most. */
export function makeSequence(seed: bigint, number: number, most: number): Uint8Array {
  const next = chance(deriveSeed(seed, number));
  const length = Math.min(1 + (next() % MOST), most);
  const words = Uint32Array.from({ length }, next);
  return new Uint8Array(words.buffer);
}

/** xoroshiro64* (Blackman, Vigna): 32 bits each time. */
function chance(seed: bigint): () => number {
  let first = Number(seed & 0xffff_ffffn) | 0;
  let second = Number(seed >> 32n) | 1;
  return () => {
    const result = Math.imul(first, 0x9e37_79bb);
    second ^= first;
    first = rotate(first, 26) ^ second ^ (second << 9);
    second = rotate(second, 13);
    return result >>> 0;
  };
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}
