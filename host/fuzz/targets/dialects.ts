/** Two walks beside each other, wholly in the module. */

import { describeDifference } from '../../generate/classes.js';
import type { Engine } from '../../generate/engine.js';
import type { Target, TargetContext, Verdict } from '../target.js';
import { openAgainst } from './against.js';
import { type Pair, pairNamed, pairsFor, walkNames } from './pairs.js';

/** So many inputs are tried with one pair before the next has its turn; the corpus is that of all. */
const TURN = 65536;

/** Opens it for the pair that the options name, or for every pair in turn. */
export function openDialects(_argument: string, { engine, options }: TargetContext): Target {
  const { between, against, lane, lanes } = options;
  if (against !== undefined) return openAgainst(against, { engine, options });
  const names = walkNames(engine.lab);
  const pairs = between ? [pairNamed(names, between)] : pairsFor(engine, lane, lanes);
  const dialects = new Dialects(engine, names, pairs);
  return {
    name: 'dialects',
    abi: options.abi,
    isDeterministic: true,
    run: (input, details) => dialects.run(input, details?.between),
    runMany: (count) => dialects.runMany(count),
    cover: (input) => dialects.cover(input),
    edgeCount: dialects.edgeCount,
    classes: () => dialects.classes,
    close: () => undefined,
  };
}

class Dialects {
  readonly #engine: Engine;
  readonly #names: readonly string[];
  readonly #pairs: readonly Pair[];
  /** Every walk of a pair. */
  readonly #walks: readonly number[];
  /** Classes that have been told, of whichever pair. */
  readonly #told = new Set<string>();
  readonly #counts = new Map<string, number>();
  /** Of the pair whose turn it is: which classes it showed, and how many inputs are left to it. */
  #shown = new Set<number>();
  #turn = 0;
  #left = TURN;

  constructor(engine: Engine, names: readonly string[], pairs: readonly Pair[]) {
    this.#engine = engine;
    this.#names = names;
    this.#pairs = pairs;
    this.#walks = [...new Set(pairs.flat())];
  }

  /** Tries one input with the pair of those names, or with all until one parts. */
  run(input: Uint8Array, between: unknown): Verdict | undefined {
    this.#engine.set(input);
    const pairs = Array.isArray(between) ? [pairNamed(this.#names, between)] : this.#pairs;
    for (const pair of pairs) {
      const number = this.#engine.lab.exports.fuzzTryDialects(...pair);
      if (number >= 0) return this.#verdict(number, pair);
    }
    return undefined;
  }

  /** How much an input covers of all walks that none before it did. */
  cover(input: Uint8Array): number {
    this.#engine.set(input);
    return this.#walks.reduce((sum, walk) => sum + this.#engine.lab.exports.fuzzCoverWalk(walk), 0);
  }

  /** Edges of all walks. */
  get edgeCount(): number {
    return this.#walks.length * this.#engine.lab.exports.fuzzWalkEdges();
  }

  /** Up to `count` inputs, until one shows a class that none did before. */
  runMany(count: number): Verdict | undefined {
    const { fuzzDialects, fuzzClass } = this.#engine.lab.exports;
    for (let left = count; left > 0; ) {
      const pair = this.#pairs[this.#turn % this.#pairs.length] as Pair;
      const before = this.#engine.statistics().executions;
      const isFound = fuzzDialects(...pair, Math.min(left, this.#left)) === 1;
      const done = Math.max(1, this.#engine.statistics().executions - before);
      const verdict = isFound ? this.#tell(fuzzClass(), pair) : undefined;
      left -= done;
      this.#left -= done;
      if (this.#left <= 0) this.#nextTurn();
      if (verdict) return verdict;
    }
    return undefined;
  }

  /** How many inputs showed each class. */
  get classes(): ReadonlyMap<string, number> {
    const counts = new Map(this.#counts);
    this.#addTurn(counts);
    return counts;
  }

  #tell(number: number, pair: Pair): Verdict | undefined {
    this.#shown.add(number);
    const verdict = this.#verdict(number, pair);
    if (this.#told.has(verdict.class)) return undefined;
    this.#told.add(verdict.class);
    return verdict;
  }

  #nextTurn(): void {
    this.#left = TURN;
    // A pair that stays the same goes on counting.
    if (this.#pairs.length === 1) return;
    this.#addTurn(this.#counts);
    this.#shown = new Set();
    this.#turn += 1;
  }

  #addTurn(counts: Map<string, number>): void {
    const pair = this.#pairs[this.#turn % this.#pairs.length] as Pair;
    for (const number of this.#shown) {
      const name = this.#verdict(number, pair).class;
      counts.set(name, (counts.get(name) ?? 0) + this.#engine.lab.exports.fuzzClassCount(number));
    }
  }

  #verdict(number: number, [first, second]: Pair): Verdict {
    const between = [this.#names[first] ?? '', this.#names[second] ?? ''] as const;
    return { ...describeDifference(number, between), details: { between } };
  }
}
