/** What the fuzzer and a thing that is fuzzed know of each other. */
import type { FuzzOptions } from './options.js';

/** What a target says of an input with which something is wrong. */
export interface Verdict {
  /** Short and stable, without blanks: `overrun:end|next`. Of each class one input is kept. */
  readonly class: string;
  /** One line in plain English. */
  readonly cause: string;
  /** Facts beside, which are kept with the finding. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Two operands that the target compared, and how many bytes of them. */
export interface Comparison {
  readonly a: bigint;
  readonly b: bigint;
  readonly size: 1 | 2 | 4 | 8;
}

/** A thing that is fuzzed, opened in a job: a process of its own. */
export interface Target {
  readonly name: string;
  /** Id of the ABI whose inputs it gets. */
  readonly abi: string;
  /** Whether the same input gives the same verdict each time. */
  readonly isDeterministic: boolean;
  /**
   * Tries one input; undefined when all is well. Whatever it throws is a bug of the target, unless it is an
   * AncillaryError, which ends the run with its message.
   */
  run(input: Uint8Array): Verdict | undefined | Promise<Verdict | undefined>;
  /**
   * Where the whole loop is in wasm: up to `count` inputs of the engine's own, until one shows a class that is new;
   * `engine.input` holds it then.
   */
  runMany?(count: number): Verdict | undefined;
  /** The 8-bit coverage counters of the last run, which the engine clears. */
  counters?(): Uint8Array | undefined;
  /** What the last run compared. */
  comparisons?(): readonly Comparison[];
  close(): void | Promise<void>;
}

/** Of the engine (host/generate) what a target may use. */
export interface TargetEngine {
  /** The input that it made or was given last, a view of its memory. */
  readonly input: Uint8Array;
  /** Adds a word that mutations put into inputs, of at most 64 bytes. */
  addWord(word: Uint8Array): void;
}

export interface TargetContext<Engine extends TargetEngine = TargetEngine> {
  readonly engine: Engine;
  readonly options: FuzzOptions;
  /** Says a line to whoever watches the run. */
  note(text: string): void;
}

/** Opens a target; `argument` is what stands behind the colon of its name. Throws AncillaryError where it cannot. */
export type OpenTarget = (argument: string, context: TargetContext) => Target | Promise<Target>;
