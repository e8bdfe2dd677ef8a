import type { FuzzOptions } from './options.js';
import type { Verdict } from './target.js';

/** An input with which something is wrong, and all that it takes to see it again. */
export interface Finding extends Verdict {
  /** The target with its argument, `module:/home/me/fuzz.js`. */
  readonly target: string;
  readonly input: Uint8Array;
  readonly options: Pick<FuzzOptions, 'abi' | 'between' | 'against' | 'before' | 'type' | 'rate' | 'timeout'>;
  /** Seed of the run. */
  readonly seed: bigint;
  /** Whether the same input showed the same class when it was tried again, alone; undefined where it was not tried. */
  readonly isReproduced?: boolean | undefined;
}

/** Id of the ABI whose messages the input of a finding is made of: the target may try it on others than it was told. */
export function abiOfFinding({ options, details }: { options: { abi: string }; details?: Verdict['details'] }): string {
  return typeof details?.abi === 'string' ? details.abi : options.abi;
}
