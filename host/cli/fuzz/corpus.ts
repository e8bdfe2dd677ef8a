import { resolve } from 'node:path';
import { AncillaryError } from '../../errors/error.js';
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
  const dictionary = options.dictionary ?? `${folder.replace(/\/+$/, '') || folder}.dict`;
  const written = await orRefuse(() => {
    try {
      return exportSeeds({ folder, abi, seed, count, dictionary: resolve(dictionary) });
    } catch (error) {
      if (error instanceof AncillaryError) throw error;
      const { code = 'EIO', message } = error as NodeJS.ErrnoException;
      throw new AncillaryError(code, `cannot write all inputs to ${folder}: ${message}`);
    }
  });
  if (written === undefined) return;
  await printLines([`${written} inputs of ${abi} in ${folder}, seed ${seed}; the dictionary is ${dictionary}`]);
}
