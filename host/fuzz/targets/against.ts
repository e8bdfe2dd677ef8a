/** One bug of the museum, looked for without its trigger: `ancillary fuzz dialects --against ID`. */
import { invalidArgument } from '../../errors/error.js';
import type { Engine } from '../../generate/engine.js';
import { findExhibit } from '../../museum/find.js';
import { againstExhibit, beginSearch } from '../../museum/search.js';
import type { Target } from '../target.js';

/** The ABI that a bug is shown on, for which inputs have to be made. */
export function abiOfBug(id: string): string {
  return findExhibit(id).abi;
}

/** Opens the search for a bug; the engine must make inputs for its ABI. */
export function openAgainst(id: string, { engine, options }: { engine: Engine; options: { abi: string } }): Target {
  const exhibit = findExhibit(id);
  if (options.abi !== exhibit.abi) {
    throw invalidArgument(`${exhibit.id} is a bug on ${exhibit.abi}, not on ${options.abi}: say --abi ${exhibit.abi}`);
  }
  const search = beginSearch(engine, againstExhibit(exhibit));
  return {
    name: 'dialects',
    abi: exhibit.abi,
    isDeterministic: true,
    run: (input) => search.run(input),
    runMany: (count) => search.runMany(count),
    close: () => undefined,
  };
}
