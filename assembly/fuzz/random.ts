// The one source of chance of the fuzzer: xoroshiro128++ (Blackman, Vigna), seeded through splitmix64. All that the fuzzer
// does follows from the seed.

let first: u64;
let second: u64;

/** splitmix64 of `state`. */
function mix(state: u64): u64 {
  let z = (state ^ (state >> 30)) * 0xbf58_476d_1ce4_e5b9;
  z = (z ^ (z >> 27)) * 0x94d0_49bb_1331_11eb;
  return z ^ (z >> 31);
}

/** Begins anew. */
export function seedRandom(seed: u64): void {
  first = mix(seed + 0x9e37_79b9_7f4a_7c15);
  second = mix(seed + 0x3c6e_f372_fe94_f82a);
  // A state of zeros would stay one.
  if ((first | second) == 0) second = 1;
}

/** 64 bits of chance. */
export function random(): u64 {
  const low = first;
  let high = second;
  const result = rotl<u64>(low + high, 17) + low;
  high ^= low;
  first = rotl<u64>(low, 49) ^ high ^ (high << 21);
  second = rotl<u64>(high, 28);
  return result;
}

/** An integer from 0 to `limit` - 1. */
export function below(limit: u32): u32 {
  return <u32>(((random() >> 32) * <u64>limit) >> 32);
}
