import type { CodecInstance } from '../wasm/instance.js';
import type { Length } from './length.js';
import { findControlAbi, listAbis, listDialects } from './rows.js';
import { type Walk, type WalkReason, walkControl } from './walk.js';

/** How some walks went through a control buffer, all alike. */
export interface Outcome {
  /** Ids of the walks. */
  dialects: string[];
  /** Where the headers begin that they hand out, in order. */
  offsets: number[];
  end: Walk['end'];
  at: Length;
  /** Why a header is refused, where the walk ends so. */
  reason?: WalkReason;
  /** Whether the walk of the ABI's own libc is among them. */
  isOwn: boolean;
}

/**
 * Every walk through the same bytes, grouped by what it hands out and how it ends: first the groups that the ABI's own
 * walk is not in, the smallest first, last the one that it is in.
 */
export function compareWalks(codec: CodecInstance, abiId: string, control: Uint8Array): Outcome[] {
  const own = listAbis(codec)[findControlAbi(codec, abiId)]?.dialect;
  const outcomes = new Map<string, Outcome>();
  for (const { id } of listDialects(codec)) {
    const { headers, end, at, reason } = walkControl(codec, abiId, control, { dialect: id });
    const offsets = headers.map(({ offset }) => offset);
    const key = `${offsets} ${end} ${at} ${reason}`;
    const how = reason === undefined ? { end, at } : { end, at, reason };
    const outcome = outcomes.get(key) ?? { dialects: [], offsets, ...how, isOwn: false };
    outcomes.set(key, outcome);
    outcome.dialects.push(id);
    outcome.isOwn ||= id === own;
  }
  return [...outcomes.values()].sort(
    (a, b) => Number(a.isOwn) - Number(b.isOwn) || a.dialects.length - b.dialects.length,
  );
}

/** What of `outcome` is the first that the walk of `own` does not do: its offset, or the end of its walk. */
export function divergenceOf({ offsets }: Outcome, own: Outcome): number {
  let same = 0;
  while (same < offsets.length && offsets[same] === own.offsets[same]) same++;
  return same;
}
