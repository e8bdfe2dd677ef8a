/** Random sequences of calls until enough are compared, or the kernel and the model disagree. */
import { AncillaryError } from '../../../errors/error.js';
import { AskedTarget } from '../../asked.js';
import type { Verdict } from '../../target.js';
import { makeSequence, OPERATION } from './sequence.js';
import { shorten } from './shorten.js';

export interface CheckOrders {
  /** How many operations. */
  readonly runs: number;
  readonly seed: bigint;
  /** Id of the ABI that this process runs on. */
  readonly abi: string;
}

/** A sequence on which the kernel does not do what the model says. */
export interface Disagreement {
  /** Short and stable. */
  readonly class: string;
  readonly cause: string;
  /** The calls, as the model has them; the last one is where they part. */
  readonly calls: readonly string[];
  /** What each says of that. */
  readonly model: string;
  readonly kernel: string;
  /** The operations as bytes. */
  readonly input: Uint8Array;
}

/** What is asked; a test puts a target of its own in its place. */
export type Asked = Pick<AskedTarget, 'try' | 'close' | 'kill'>;

/** How long a sequence may take, in milliseconds: a few are usual. */
const TIMEOUT = 30_000;

/** Tries sequences in a process and an IPC namespace of its own, which end with it. */
export class QueueCheck {
  /** How many operations have been tried. */
  operations = 0;
  readonly #orders: CheckOrders;
  readonly #asked: Asked;
  #isStopped = false;

  constructor(orders: CheckOrders, asked: Asked = askJob(orders)) {
    this.#orders = orders;
    this.#asked = asked;
  }

  /** Tries them all, or up to the first disagreement, which is made as short as it stays. Throws where none can be tried. */
  async run(): Promise<Disagreement | undefined> {
    const { runs, seed } = this.#orders;
    try {
      for (let number = 0; this.operations < runs && !this.#isStopped; number++) {
        const input = makeSequence(seed, number, runs - this.operations);
        const verdict = await this.#asked.try(input);
        if (this.#isStopped) break;
        this.operations += input.length / OPERATION;
        if (verdict) return await this.#settle(input, verdict);
      }
      return undefined;
    } finally {
      await this.#asked.close();
    }
  }

  /** Tries one sequence, as it is. */
  async replay(input: Uint8Array): Promise<Disagreement | undefined> {
    try {
      const verdict = await this.#asked.try(input);
      this.operations = Math.floor(input.length / OPERATION);
      return verdict && disagreementOf(input, verdict);
    } finally {
      await this.#asked.close();
    }
  }

  /** Ends it at once. */
  stop(): void {
    this.#isStopped = true;
    this.#asked.kill();
  }

  async #settle(input: Uint8Array, verdict: Verdict): Promise<Disagreement> {
    const first = disagreementOf(input, verdict);
    const isStill = async (tried: Uint8Array) =>
      !this.#isStopped && (await this.#asked.try(tried))?.class === verdict.class;
    const smaller = await shorten(input, isStill);
    if (this.#isStopped) return first;
    const again = await this.#asked.try(smaller);
    return again?.class === verdict.class ? disagreementOf(smaller, again) : first;
  }
}

function askJob({ abi, seed }: CheckOrders): Asked {
  const options = { abi, timeout: TIMEOUT, lane: 0, lanes: 1 };
  return new AskedTarget({ type: 'start', target: 'sysv', options, seed, words: [] });
}

function disagreementOf(input: Uint8Array, { class: name, cause, details }: Verdict): Disagreement {
  const { calls, model, kernel } = details ?? {};
  // What ended the process is none that the two disagree on.
  if (!Array.isArray(calls)) throw new AncillaryError('ERR_UNSUPPORTED', `cannot compare queues: ${cause}`);
  return { class: name, cause, calls, model: String(model), kernel: String(kernel), input };
}
