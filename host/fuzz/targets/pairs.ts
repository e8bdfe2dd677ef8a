/** Which two walks are compared. */
import { show } from '../../check/show.js';
import { didYouMean } from '../../check/suggest.js';
import { invalidArgument } from '../../errors/error.js';
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

/** Every two of the first `count` walks: those of them that are for one of `lanes` jobs, all where there are too few. */
export function pairsFor(count: number, lane: number, lanes: number): Pair[] {
  const pairs: Pair[] = [];
  for (let first = 0; first < count; first++) {
    for (let second = first + 1; second < count; second++) pairs.push([first, second]);
  }
  return pairs.length < lanes ? pairs : pairs.filter((_, index) => index % lanes === lane);
}
