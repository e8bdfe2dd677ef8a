import { dirname, relative, resolve } from 'node:path';
import { AncillaryError, invalidArgument } from '../../errors/error.js';
import { exportSeeds } from '../../fuzz/export-seeds.js';
import { makeSeed } from '../../fuzz/seed.js';
import { machineAbi } from '../machine.js';
import { printLines } from '../output.js';
import { orRefuse } from './refuse.js';

interface CorpusCliOptions {
  count: number;
  seed?: bigint;
  abi?: string;
  dictionary?: string;
}

/** `ancillary fuzz corpus`. */
export async function exportCorpus(folder: string, options: CorpusCliOptions): Promise<void> {
  const { count, seed = makeSeed(), abi = machineAbi() } = options;
  const written = await orRefuse(() => {
    const dictionary = dictionaryFor(folder, options.dictionary);
    try {
      return { dictionary, count: exportSeeds({ folder, abi, seed, count, dictionary: resolve(dictionary) }) };
    } catch (error) {
      if (error instanceof AncillaryError) throw error;
      const { code = 'EIO', message } = error as NodeJS.ErrnoException;
      const what = `all inputs to ${folder} and the dictionary to ${dictionary}`;
      throw new AncillaryError(code, `cannot write ${what}: ${message}`);
    }
  });
  if (written === undefined) return;
  await printLines([
    `${written.count} inputs of ${abi} in ${folder}, seed ${seed}; the dictionary is ${written.dictionary}`,
  ]);
}

/** A path as it is written from here, where that is within this folder. */
function nearest(path: string): string {
  const near = relative('', path);
  return near.startsWith('..') ? path : near;
}

/** Where the dictionary goes: never into the folder, of which every file is an input. */
function dictionaryFor(folder: string, asked: string | undefined): string {
  const inside = resolve(folder);
  // Of `.` and `..` the name is not what was typed.
  const dictionary = asked ?? (inside === '/' ? '/.dict' : nearest(`${inside}.dict`));
  if (dirname(resolve(dictionary)) === inside) {
    const advice = 'name another file with --dictionary';
    throw invalidArgument(`the dictionary would be an input in ${folder}: ${advice}`);
  }
  return dictionary;
}
