/** A finding's input made as small as it still shows the same. */

import { minimize } from '../generate/minimize.js';
import { now } from '../runtime/globals.js';
import type { AskedTarget } from './asked.js';
import { abiOfFinding } from './finding.js';
import type { Verdict } from './target.js';

/** Within a process so many inputs are tried; where each costs a new process, so many. */
const TRIES = 20_000;
const COSTLY_TRIES = 200;
/** And for so long, in milliseconds: a target may be slow. What is not is not cut short by it, so that it ends the same. */
const TIME = 20_000;
const COSTLY_TIME = 5000;

/**
 * The input itself when nothing smaller shows the class. An input that ends the process of its target costs a new one for
 * each that still does. A hang is not made smaller: each try would take as long as an input may.
 */
export async function makeSmaller(
  target: AskedTarget,
  input: Uint8Array,
  { class: name, details }: Pick<Verdict, 'class' | 'details'>,
): Promise<Uint8Array> {
  if (name === 'hang') return input;
  const within = await target.minimize(input, { class: name, details }, { tries: TRIES, time: TIME });
  if (within) return within;
  const end = now() + COSTLY_TIME;
  const isStill = async (smaller: Uint8Array) => now() < end && (await target.try(smaller, details))?.class === name;
  const abi = abiOfFinding({ options: target.options, details });
  return minimize(input, isStill, { abi, tries: COSTLY_TRIES });
}
