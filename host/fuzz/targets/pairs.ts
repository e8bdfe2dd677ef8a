/** Which two walks are compared. */
import { show } from '../../check/show.js';
import { didYouMean } from '../../check/suggest.js';
import { invalidArgument } from '../../errors/error.js';
import type { Engine } from '../../generate/engine.js';
import { listDialects } from '../../model/rows.js';
import { readText } from '../../wasm/instance.js';
import type { LabInstance } from '../../wasm/lab.js';

/** Numbers of two walks. */
export type Pair = readonly [first: number, second: number];

/** The ids of all walks by their numbers: those of the library, and behind them the museum's. */
export function walkNames(lab: LabInstance): string[] {
  const { walkCount, museumText } = lab.exports;
  const names = listDialects(lab).map(({ id }) => id);
  for (let walk = names.length; walk < walkCount(); walk++) names.push(readText(lab, museumText(walk)));
  return names;
}

/** The pair of that name; throws for a walk that there is not. */
export function pairNamed(names: readonly string[], ids: readonly unknown[]): Pair {
  const [first, second] = ids.map((id) => {
    const walk = names.indexOf(String(id));
    if (walk < 0) throw invalidArgument(`unknown walk ${show(id)}${didYouMean(String(id), names)}`);
    return walk;
  });
  if (first === undefined || second === undefined || ids.length !== 2) throw invalidArgument('two walks are compared');
  return [first, second];
}

/** Numbers of the walks of the library that differ on an ABI: of those that are the same there, the first. */
export function differentWalks({ exports }: LabInstance, abi: number): number[] {
  const walks: number[] = [];
  for (let walk = 0; walk < exports.dialectCount(); walk++) {
    if (!walks.some((other) => exports.areSameWalks(abi, other, walk) === 1)) walks.push(walk);
  }
  return walks;
}

/** How many pairs that many walks make. */
export function countPairs(walks: number): number {
  return (walks * (walks - 1)) / 2;
}

/** Every two walks that differ: those of them that are for one of `lanes` jobs, all where there are too few. */
export function pairsFor({ lab, abi }: Pick<Engine, 'lab' | 'abi'>, lane: number, lanes: number): Pair[] {
  const walks = differentWalks(lab, abi);
  const pairs = walks.flatMap((first, i) => walks.slice(i + 1).map((second): Pair => [first, second]));
  return pairs.length < lanes ? pairs : pairs.filter((_, index) => index % lanes === lane);
}
