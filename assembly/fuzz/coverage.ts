// Which edges of the code under test an input took, and how often: 8-bit counters that the build adds to the module
// (scripts/build/instrument.mjs), or that the host brings of a target of its own. What counts as new is an edge with a
// count in a range not seen before: 1, 2, 3, 4 to 7, 8 to 15, 16 to 31, 32 to 127, more; one bit each.

import { EDGES_MOST, HASHES, HOST_COUNTERS, hashes, hostVirgin, virgin } from './space';
import { walkCount } from './walks';

/** Where the module counts, and how many edges it has: the build sets the numbers; without counters there are none. */
let counters: usize = memory.data(4096, 64);
let edgeCount: u32 = 0;
/** Of those, how many the first layers have that a walk goes through (dialect/): the first ones. */
let walkEdgeCount: u32 = 0;

/** Maps of what was not seen, by number: of everything, and behind it of each walk. */
export const MAP_ALL: u32 = 0;

let seen: u32;

/** The map of a walk: what covers something new in one may have been seen in all others. */
export function mapOfWalk(walk: i32): u32 {
  return 1 + <u32>walk;
}

/** How many edges there are of a walk, or of all. */
export function edgesOf(map: u32): u32 {
  return map == MAP_ALL ? edgeCount : walkEdgeCount;
}

/** How many edges a walk has. */
export function fuzzWalkEdges(): u32 {
  return walkEdgeCount;
}

/** Bytes of the maps: of everything, and of each walk. */
export function mapsSize(): u32 {
  return EDGES_MOST + <u32>walkCount() * walkMapSize();
}

function walkMapSize(): u32 {
  return (walkEdgeCount + 15) & ~15;
}

function mapAt(map: u32): usize {
  return map == MAP_ALL ? virgin : virgin + EDGES_MOST + (map - 1) * walkMapSize();
}

/** Forgets what was seen. */
export function resetCoverage(): void {
  seen = 0;
  clearCounters();
}

/** Sets the module's counters to zero. */
export function clearCounters(): void {
  memory.fill(counters, 0, (edgeCount + 15) & ~15);
}

/** How many edges were seen so far. */
export function edgesSeen(): u32 {
  return seen;
}

// Of a count below 16 the range, and of the upper half of a count.
// @ts-ignore: decorator
@inline
function rangesOf(counts: v128): v128 {
  const low = i8x16(0, 1, 2, 4, 8, 8, 8, 8, 16, 16, 16, 16, 16, 16, 16, 16);
  const high = i8x16(0, 32, 64, 64, 64, 64, 64, 64, -128, -128, -128, -128, -128, -128, -128, -128);
  return v128.or(i8x16.swizzle(low, counts), i8x16.swizzle(high, v128.shr<u8>(counts, 4)));
}

/**
 * How much of the module's counters is new in a map; clears them. Most inputs count what one before them counted: of those
 * a hash is kept, which is less work than to look at each counter.
 */
export function takeCounters(map: u32): u32 {
  const count = edgesOf(map);
  let hash: u64 = map;
  let factor: u64 = 0x9e37_79b9_7f4a_7c15;
  for (let i: usize = 0; i < <usize>count; i += 8) {
    // Each word times an odd number of its own: no sum waits for another.
    hash += load<u64>(counters + i) * factor;
    factor += 0x3c6e_f372_fe94_f82a;
  }
  hash ^= hash >> 29;
  const known = hashes + (<usize>((hash * factor) >> 52) << 3);
  if (load<u64>(known) == hash) {
    clearCounted(count);
    return 0;
  }
  store<u64>(known, hash);
  return takeNew(counters, count, mapAt(map));
}

function clearCounted(count: u32): void {
  const zero = i64x2.splat(0);
  for (let i: usize = 0; i < <usize>count; i += 16) v128.store(counters + i, zero);
}

/** The same for `count` counters of the host. */
export function takeHostCounters(at: usize, count: u32): u32 {
  return takeNew(at, min<u32>(count, HOST_COUNTERS), hostVirgin);
}

/** Reads beyond `count`, to a multiple of 16. */
function takeNew(at: usize, count: u32, map: usize): u32 {
  let found: u32 = 0;
  const zero = i64x2.splat(0);
  for (let i: usize = 0; i < <usize>count; i += 16) {
    const counts = v128.load(at + i);
    if (!v128.any_true(counts)) continue;
    v128.store(at + i, zero);
    const fresh = v128.and(rangesOf(counts), v128.load(map + i));
    if (v128.any_true(fresh)) found += noteNew(map + i, fresh);
  }
  return found;
}

/** Takes the ranges `fresh` out of a map, and counts them. */
function noteNew(at: usize, fresh: v128): u32 {
  const before = v128.load(at);
  // An edge of which nothing was seen.
  const whole = v128.and(v128.eq<i8>(before, i8x16.splat(-1)), v128.ne<i8>(fresh, i8x16.splat(0)));
  seen += popcnt<u32>(<u32>v128.bitmask<i8>(whole));
  v128.store(at, v128.andnot(before, fresh));
  return <u32>(popcnt<u64>(v128.extract_lane<u64>(fresh, 0)) + popcnt<u64>(v128.extract_lane<u64>(fresh, 1)));
}
