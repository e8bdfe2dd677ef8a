import type { Exhibit } from '../../museum/exhibit.js';
import { findExhibit } from '../../museum/find.js';
import { EXHIBITS } from '../../museum/rooms.js';
import { rediscover } from '../../museum/search.js';
import { now } from '../../runtime/globals.js';
import { printJson } from '../output.js';

/** No bug takes so many inputs; one that does is not found. */
const MOST = 50_000_000;

/** Looks for bugs from nothing, with each of the seeds (1,2,3): a line of JSON for each search. */
export async function searchAll(seeds: string, ids: readonly string[]): Promise<void> {
  const exhibits = ids.length > 0 ? ids.map(findExhibit) : EXHIBITS.filter(({ simulation }) => simulation);
  for (const exhibit of exhibits) {
    for (const seed of seeds.split(',')) await printJson(searchOne(exhibit, BigInt(seed)));
  }
}

function searchOne(exhibit: Exhibit, seed: bigint) {
  const start = now();
  const found = rediscover(exhibit, seed, MOST);
  const seconds = Math.round(now() - start) / 1000;
  return { id: exhibit.id, seed: Number(seed), executions: found?.executions ?? null, seconds };
}
