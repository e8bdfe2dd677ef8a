/** What a target has begun and left: it may throw only when its time has come. */
import { NativePromise, now, setTimeout } from '../../runtime/globals.js';
import type { Verdict } from '../target.js';
import type { LateErrors } from './attempt.js';
import { turn } from './turn.js';

/** So long is waited for it, in milliseconds: a timer that is set for later is nobody's answer to an input. */
const PATIENCE = 250;
const PAUSE = 2;
/** A promise that is rejected in one turn is known to be nobody's in the next. */
const TURNS = 2;

const activeResources = process.getActiveResourcesInfo.bind(process);

/** What keeps the process from its end, by its kind: `Timeout`, `FSReqCallback`. */
function countActive(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of activeResources()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/** Waits until nothing is pending that was not there before, and hands on what is thrown meanwhile. */
export class Pending {
  readonly #before = countActive();
  readonly #late: LateErrors;

  /** To be made before the first input. */
  constructor(late: LateErrors) {
    this.#late = late;
  }

  async settle(judge: (verdict: Verdict) => void): Promise<void> {
    const end = now() + PATIENCE;
    do {
      for (let i = 0; i < TURNS; i++) await turn();
      const verdict = this.#late.take();
      if (verdict) judge(verdict);
      if ([...countActive()].every(([kind, count]) => count <= (this.#before.get(kind) ?? 0))) return;
      await new NativePromise<void>((resolve) => setTimeout(resolve, PAUSE));
    } while (now() < end);
  }
}
