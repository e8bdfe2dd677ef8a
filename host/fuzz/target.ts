/** What the fuzzer and a thing that is fuzzed know of each other. */
import type { Comparison, Engine } from '../generate/engine.js';
import type { FuzzOptions } from './options.js';

/** What a target says of an input with which something is wrong. */
export interface Verdict {
  /** Short and stable, without blanks: `overrun:end|next`. Of each class one input is kept. */
  readonly class: string;
  /** One line in plain English. */
  readonly cause: string;
  /** Facts beside, which are kept with the finding. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** The input that it is of, where that is not the one that was tried last. */
  readonly input?: Uint8Array;
}

/** A thing that is fuzzed, opened in a job: a process of its own. */
export interface Target {
  readonly name: string;
  /** Id of the ABI whose inputs it gets. */
  readonly abi: string;
  /** Whether the same input gives the same verdict each time. */
  readonly isDeterministic: boolean;
  /** Whether a run may leave promises behind that nobody waits for: they go on before the next input, not whenever. */
  readonly leavesWork?: boolean;
  /**
   * Tries one input; undefined when all is well. Whatever it throws is a bug of the target, unless it is an
   * AncillaryError, which ends the run with its message. `details` are those of the finding that is tried again.
   */
  run(input: Uint8Array, details?: Verdict['details']): Verdict | undefined | Promise<Verdict | undefined>;
  /**
   * Where the whole loop is in wasm: up to `count` inputs of the engine's own, until one shows a class that is new;
   * `engine.input` holds it then.
   */
  runMany?(count: number): Verdict | undefined;
  /**
   * Where there is runMany: tries one input, which becomes the engine's current one, and returns how much it covers that
   * none before it did.
   */
  cover?(input: Uint8Array): number;
  /** Edges that there are, where that is known. */
  readonly edgeCount?: number;
  /** Where runMany tells of the first input of each class only: how many showed it so far. */
  classes?(): ReadonlyMap<string, number>;
  /**
   * Where a case is more than its bytes and follows from a hash of them: the same case as bytes that say it themselves,
   * so that it stays the same while they are made fewer. What is found is pinned before it is minimised.
   */
  pin?(input: Uint8Array): Uint8Array;
  /** The 8-bit coverage counters of the last run, if it has any; who asked clears them. */
  counters?(): Uint8Array | undefined;
  /** What the last run compared. */
  comparisons?(): readonly Comparison[];
  /** Whether there is nothing left to try: what is tried is gone, and not for this program to start. */
  isOver?(): boolean;
  close(): void | Promise<void>;
}

export interface TargetContext {
  readonly engine: Engine;
  readonly options: FuzzOptions;
  /** Says a line to whoever watches the run. */
  note(text: string): void;
}

/** Opens a target; `argument` is what stands behind the colon of its name. Throws AncillaryError where it cannot. */
export type OpenTarget = (argument: string, context: TargetContext) => Target | Promise<Target>;

/** How a job is started. */
export interface Launch {
  /** Words to put before the command; none where it runs as it is. */
  readonly words: readonly string[];
  /** Why it runs in less than was wanted. */
  readonly note?: string;
}
