import { AncillaryError, invalidArgument } from '../../errors/error.js';
import { AskedTarget } from '../../fuzz/asked.js';
import { merge } from '../../fuzz/merge.js';
import { findTarget } from '../../fuzz/name.js';
import { atEnd } from '../lifetime.js';
import { machineAbi } from '../machine.js';
import { complain, printJson, printLines } from '../output.js';
import { DEFAULT_TIMEOUT } from './options.js';
import { orRefuse } from './refuse.js';

interface MergeCliOptions {
  target: string;
  list?: true;
  timeout?: number;
  abi?: string;
  json?: true;
}

/** `ancillary fuzz merge`. */
export async function mergeFolders(folders: readonly string[], given: MergeCliOptions): Promise<void> {
  const isDry = given.list === true;
  const merged = await orRefuse(async () => {
    if (folders.length < 2)
      throw invalidArgument('merge needs two folders or more: the first gets what the others have');
    const target = findTarget(given.target).name;
    const options = { abi: given.abi ?? machineAbi(), timeout: given.timeout ?? DEFAULT_TIMEOUT, lane: 0, lanes: 1 };
    const open = () => {
      const asked = new AskedTarget({ type: 'start', target, options, seed: 0n, words: [] });
      atEnd(() => asked.kill());
      return asked;
    };
    try {
      return await merge({ folders, isDry, open, note: complain });
    } catch (error) {
      if (error instanceof AncillaryError || (error as NodeJS.ErrnoException).code === undefined) throw error;
      throw new AncillaryError('EIO', `cannot save inputs in ${folders[0]}: ${(error as Error).message}`);
    }
  });
  if (!merged) return;
  if (given.json) return printJson({ ...merged, isDry });
  const { added, before, others } = merged;
  const what = `${added.length} of ${others} inputs ${isDry ? 'would be' : 'were'} added to the ${before} in ${folders[0]}`;
  await printLines([...(isDry ? added : []), what]);
}
