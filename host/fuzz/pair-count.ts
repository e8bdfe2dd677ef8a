import { findControlAbi } from '../model/rows.js';
import { labInstance } from '../wasm/lab.js';
import { countPairs, differentWalks } from './targets/pairs.js';

/** Little more than the module's own tables. */
const PAGES = 16;

/** How many pairs of walks there are that differ on an ABI: what a run of dialects goes through when it is told none. */
export function pairCountOf(abi: string): number {
  const lab = labInstance(PAGES);
  return countPairs(differentWalks(lab, findControlAbi(lab, abi)).length);
}
