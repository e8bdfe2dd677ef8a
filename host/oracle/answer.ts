import type { CodecInstance } from '../wasm/instance.js';

/** What is compared: an ABI row, or a walk. */
export interface Subject {
  kind: 'abi' | 'walk';
  id: string;
}

/**
 * What an oracle says of a subject. `agrees`: so many facts were compared with what was executed or compiled here;
 * `document`: with what somebody retyped or restated from a text, which proves no more than that text; `differs`: the
 * first fact that is otherwise; `not run`: why it could not say anything, and what was tried.
 */
export type Verdict =
  | { state: 'agrees'; facts: number; by?: string; notes?: readonly string[] }
  | { state: 'document'; facts: number; note: string }
  | { state: 'differs'; facts: number; difference: string }
  | { state: 'not run'; reason: string; tried?: readonly string[] };

/** What an oracle may use of the command that asks it. */
export interface Asking {
  readonly codec: CodecInstance;
  /** The subjects that are asked about. */
  readonly subjects: readonly Subject[];
  /** Compilers that were named besides those that are known by themselves, each as words. */
  readonly compilers: readonly (readonly string[])[];
  /** The folder of the committed vectors; it need not be there. */
  readonly vectors: string;
  /** Argv of the command that sends control buffers for strace to watch, without them. */
  readonly sender: readonly string[];
  /** Has something done however the command ends; the result does it earlier. */
  atEnd(cleanup: () => void): () => void;
  /** Tells a person who waits what is being done. */
  progress(text: string): void;
}

export type Tell = (subject: Subject, verdict: Verdict) => void;

/** Something that can say whether rows are right. It tells of every subject that it knows something about. */
export interface Oracle {
  readonly name: string;
  /** One line: what it asks. */
  readonly summary: string;
  /** Why it says nothing of the subjects that it does not tell of. */
  readonly scope: string;
  ask(asking: Asking, tell: Tell): Promise<void> | void;
}

/** A fact that is otherwise than the row says. */
export class Difference extends Error {}

/** A fact that cannot be had here, and why. */
export class Unavailable extends Error {}

/** Runs `compare`, which counts facts and throws Difference or Unavailable, and makes a verdict of it. */
export function verdictOf(compare: (count: () => void) => void): Verdict {
  let facts = 0;
  try {
    compare(() => {
      facts++;
    });
    return { state: 'agrees', facts };
  } catch (error) {
    if (error instanceof Difference) return { state: 'differs', facts, difference: error.message };
    if (error instanceof Unavailable) return { state: 'not run', reason: error.message };
    throw error;
  }
}
