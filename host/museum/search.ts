import { AncillaryError } from '../errors/error.js';
import { Engine } from '../generate/engine.js';
import type { Verdict } from '../generate/finding.js';
import { type LabInstance, labInstance } from '../wasm/lab.js';
import { type Against, findAgainst } from './against.js';
import type { Exhibit } from './exhibit.js';
import { wordsOf } from './words.js';

/** A search for one bug with an engine, whose corpus is empty at first and which is told no trigger. */
export interface Search {
  readonly abi: string;
  /** Inputs tried. */
  readonly executions: number;
  /** Tries up to `count` inputs, until one shows the bug: engine.input then. */
  runMany(count: number): Verdict | undefined;
  /** What an input shows. */
  run(input: Uint8Array): Verdict | undefined;
}

let own: LabInstance | undefined;

/** A module of the museum's own: an engine needs all of its. */
export function museumLab(): LabInstance {
  own ??= labInstance(MUSEUM_PAGES);
  return own;
}

/** 4 MiB: an input, what is made of it, and the module's own tables. */
const MUSEUM_PAGES = 64;

/** How to look for an exhibit; throws for one that cannot be looked for. */
export function againstExhibit(exhibit: Exhibit): Against {
  const against = findAgainst(museumLab(), exhibit);
  if (against) return against;
  throw new AncillaryError(
    'ERR_UNSUPPORTED',
    `${exhibit.id} is not simulated and cannot be looked for; \`ancillary museum run ${exhibit.id}\` replays it`,
  );
}

/** Begins a search; the engine must have been made for the ABI of the exhibit. */
export function beginSearch(engine: Engine, against: Against): Search {
  for (const word of wordsOf(museumLab(), against.abi)) engine.addWord(word);
  return against.walks ? new WalkSearch(engine, against, against.walks) : new HostSearch(engine, against);
}

/** Wholly in the module, until the walks part in a way that is new. */
class WalkSearch implements Search {
  readonly abi: string;
  executions = 0;
  readonly #engine: Engine;
  readonly #against: Against;
  readonly #walks: readonly [number, number];

  constructor(engine: Engine, against: Against, walks: readonly [number, number]) {
    this.abi = against.abi;
    this.#engine = engine;
    this.#against = against;
    this.#walks = walks;
  }

  run(input: Uint8Array): Verdict | undefined {
    return this.#against.run(input);
  }

  runMany(count: number): Verdict | undefined {
    const end = this.executions + count;
    while (this.executions < end) {
      const isNew = this.#engine.lab.exports.fuzzDialects(...this.#walks, end - this.executions) === 1;
      this.executions = this.#engine.statistics().executions;
      const verdict = isNew ? this.run(this.#engine.input) : undefined;
      if (verdict) return verdict;
    }
    return undefined;
  }
}

/** One input after the other, with what the programs believe for coverage. */
class HostSearch implements Search {
  readonly abi: string;
  executions = 0;
  readonly #engine: Engine;
  readonly #against: Against;

  constructor(engine: Engine, against: Against) {
    this.abi = against.abi;
    this.#engine = engine;
    this.#against = against;
  }

  run(input: Uint8Array): Verdict | undefined {
    return this.#against.run(input);
  }

  runMany(count: number): Verdict | undefined {
    for (let i = 0; i < count; i++) {
      this.executions++;
      const verdict = this.run(this.#engine.next());
      if (verdict) return verdict;
      if (this.#engine.cover(this.#against.counters()) > 0) this.#engine.compare(this.#against.comparisons());
    }
    return undefined;
  }
}

/** Looks for one bug from nothing; how many inputs that took, and the one that shows it, or undefined after `most`. */
export function rediscover(
  exhibit: Exhibit,
  seed: bigint,
  most: number,
): { executions: number; input: Uint8Array } | undefined {
  const against = againstExhibit(exhibit);
  const engine = new Engine({ abi: against.abi, seed });
  const search = beginSearch(engine, against);
  return search.runMany(most) && { executions: search.executions, input: engine.input.slice() };
}
