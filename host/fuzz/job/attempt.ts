import { AncillaryError } from '../../errors/error.js';
import { NativePromise } from '../../runtime/globals.js';
import type { Target, Verdict } from '../target.js';
import { judgeThrown } from '../thrown.js';
import type { Box } from './box.js';

/** What was thrown where nobody could catch it, by a callback or a promise of the target: found in the next turn. */
export class LateErrors {
  #verdict: Verdict | undefined;

  constructor() {
    const keep = (error: unknown) => {
      this.#verdict ??= judgeThrown(error);
    };
    process.on('uncaughtException', keep);
    process.on('unhandledRejection', keep);
  }

  /** The first one since it was asked last. */
  take(): Verdict | undefined {
    const verdict = this.#verdict;
    this.#verdict = undefined;
    return verdict;
  }
}

/** Tries one input, which stands in the box while it is. What the target throws is a verdict. */
export function attempt(
  target: Target,
  box: Box,
  input: Uint8Array,
  details?: Verdict['details'],
): Verdict | undefined | Promise<Verdict | undefined> {
  const held = box.begin(input);
  try {
    const verdict = target.run(held, details);
    if (verdict instanceof NativePromise) return settle(verdict, box);
    box.end();
    return verdict;
  } catch (error) {
    box.end();
    return verdictOver(error);
  }
}

async function settle(pending: Promise<Verdict | undefined>, box: Box): Promise<Verdict | undefined> {
  try {
    return await pending;
  } catch (error) {
    return verdictOver(error);
  } finally {
    box.end();
  }
}

/** The target's own error of this program ends the run. */
export function verdictOver(error: unknown): Verdict {
  if (isOwn(error)) throw error;
  return judgeThrown(error);
}

/** A proxy may throw when it is asked what it is. */
function isOwn(error: unknown): boolean {
  try {
    return error instanceof AncillaryError;
  } catch {
    return false;
  }
}
