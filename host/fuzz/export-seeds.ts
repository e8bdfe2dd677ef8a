/** The generator's inputs as plain files, for other fuzzers. */

import { basename, dirname } from 'node:path';
import { Engine } from '../generate/engine.js';
import { codecInstance } from '../wasm/instance.js';
import { CorpusFolder, nameOfInput } from './corpus-folder.js';
import { formatDictionary } from './dictionary.js';
import { writeWhole } from './whole-file.js';
import { wordsOf } from './words.js';

export interface ExportOrders {
  readonly folder: string;
  readonly abi: string;
  readonly seed: bigint;
  readonly count: number;
  /** The file of the dictionary, outside of the folder: all that is in that is an input. */
  readonly dictionary: string;
}

/** An input may come twice: after so many in a row that are known, there are no more. */
const MOST_KNOWN = 1000;

/** Writes `count` different inputs, and the dictionary; returns how many there are. Throws what node:fs throws. */
export function exportSeeds({ folder, abi, seed, count, dictionary }: ExportOrders): number {
  const corpus = new CorpusFolder(folder);
  const engine = new Engine({ abi, seed });
  const names = new Set<string>();
  for (let known = 0; names.size < count && known < MOST_KNOWN; ) {
    const input = engine.generate();
    const name = nameOfInput(input);
    known = names.has(name) ? known + 1 : 0;
    names.add(name);
    corpus.add(input);
  }
  const text = formatDictionary(wordsOf(codecInstance(), abi));
  writeWhole(dirname(dictionary), basename(dictionary), text, { sync: false });
  return names.size;
}
