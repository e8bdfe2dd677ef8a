/** One bug of the museum, looked for without its trigger: `ancillary fuzz dialects --against ID`. */
import { invalidArgument } from '../../errors/error.js';
import type { Engine } from '../../generate/engine.js';
import { findExhibit } from '../../museum/find.js';
import { againstExhibit, beginSearch } from '../../museum/search.js';
import type { Target } from '../target.js';

/** A target; where the loop is in the module it also tells how many inputs showed the bug. */
type Search = Target & { classes?(): ReadonlyMap<string, number> };

/** The ABI that a bug is shown on, for which inputs have to be made. */
export function abiOfBug(id: string): string {
  return findExhibit(id).abi;
}

/** Opens the search for a bug; the engine must make inputs for its ABI. */
export function openAgainst(id: string, { engine, options }: { engine: Engine; options: { abi: string } }): Search {
  const exhibit = findExhibit(id);
  if (options.abi !== exhibit.abi) {
    throw invalidArgument(`${exhibit.id} is a bug on ${exhibit.abi}, not on ${options.abi}: say --abi ${exhibit.abi}`);
  }
  const against = againstExhibit(exhibit);
  const search = beginSearch(engine, against);
  const target = {
    name: 'dialects',
    abi: exhibit.abi,
    isDeterministic: true,
    run: (input: Uint8Array) => against.run(input),
    close: () => undefined,
  };
  if (!against.walks) {
    const comparisons = () => against.comparisons().map(({ a, b }) => ({ a, b, size: 4 as const }));
    return { ...target, counters: () => against.counters(), comparisons };
  }
  const shown = new Map<string, number>();
  return {
    ...target,
    runMany(count) {
      for (const end = search.executions + count; search.executions < end; ) {
        const verdict = search.runMany(end - search.executions);
        if (!verdict) return undefined;
        const times = (shown.get(verdict.class) ?? 0) + 1;
        shown.set(verdict.class, times);
        // Of a class that was told all further ones are counted.
        if (times === 1) return verdict;
      }
      return undefined;
    },
    classes: () => shown,
  };
}
