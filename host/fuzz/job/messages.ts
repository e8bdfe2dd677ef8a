/** What the command and its jobs say to each other; bytes and large numbers go as they are (structured clone). */
import type { ModuleLoop } from '../module-loop.js';
import type { FuzzOptions } from '../options.js';
import type { Verdict } from '../target.js';

/** The first message to a job. */
export interface StartMessage {
  type: 'start';
  /** The target with its argument. */
  target: string;
  options: FuzzOptions;
  /** Of this job. */
  seed: bigint;
  /** How many inputs to try; without it, until it is stopped. */
  runs?: number | undefined;
  words: readonly Uint8Array[];
  /** Classes of which an input is known: they are counted only. */
  known: readonly string[];
  /** Whether it waits for inputs instead of making them. */
  isAsked: boolean;
}

/** What is asked of a job with `isAsked`; each is answered, in order. */
export type Question =
  | { type: 'try'; input: Uint8Array; details?: Verdict['details'] }
  /** `time`: after so many milliseconds what has been reached is enough. */
  | {
      type: 'minimize';
      input: Uint8Array;
      class: string;
      details?: Verdict['details'];
      tries: number;
      time: number;
    }
  | { type: 'cover'; input: Uint8Array };

export type ToJob =
  | StartMessage
  /** Of the corpus, or of another job. */
  | { type: 'inputs'; inputs: readonly Uint8Array[] }
  /** All inputs of the corpus have been sent. */
  | { type: 'go' }
  | { type: 'stop' }
  | Question;

/** What a job has done so far. */
export interface JobStatistics {
  executions: number;
  /** Coverage: what has been seen, and all that there is, 0 where the target has none. */
  edges: number;
  allEdges: number;
  /** Inputs kept, and their bytes. */
  corpus: number;
  corpusBytes: number;
  /** How many inputs showed each class. */
  classes: Record<string, number>;
}

/** What was asked for. */
export interface Answer {
  verdict?: Verdict | undefined;
  input?: Uint8Array;
  /** Of `cover`: how much the input saw that none before it did. */
  news?: number;
}

export type FromJob =
  /** `loop`: where the loop is in the module. */
  | { type: 'opened'; isDeterministic: boolean; loop?: ModuleLoop }
  | { type: 'finding'; verdict: Verdict; input: Uint8Array }
  | { type: 'statistics'; statistics: JobStatistics }
  | { type: 'corpus'; inputs: readonly Uint8Array[] }
  | { type: 'note'; text: string }
  /** It cannot go on; `code` is that of an AncillaryError, undefined for a bug of this program. */
  | { type: 'problem'; code?: string; message: string }
  | { type: 'done' }
  | { type: 'answer'; answer: Answer };
