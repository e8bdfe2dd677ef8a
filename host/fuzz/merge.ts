/** Of the inputs of several folders those that together cover all that they cover, as few as are found. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AskedTarget } from './asked.js';
import { CorpusFolder, LONGEST_INPUT, nameOfInput, readFolder, readInputs } from './corpus-folder.js';

export interface MergeOrders {
  /** Inputs are added to the first. */
  readonly folders: readonly string[];
  /** Whether nothing is written. */
  readonly isDry: boolean;
  /** A new process of the target: it has seen nothing. */
  open(): AskedTarget;
  note(text: string): void;
}

/** An input, and the file that it was read from. */
interface Candidate {
  file: string;
  input: Uint8Array;
}

export interface Merged {
  /** Files whose inputs are added, in the order in which they were chosen. */
  added: string[];
  /** How many inputs the first folder had, and all others. */
  before: number;
  others: number;
}

/** Merges; throws one line for a folder that cannot be read or written. */
export async function merge({ folders, isDry, open, note }: MergeOrders): Promise<Merged> {
  const [first = '', ...rest] = folders;
  const target = isDry ? undefined : new CorpusFolder(first);
  const own = isDry && !existsSync(first) ? [] : readCandidates(first, note);
  const known = new Set(own.map(({ input }) => nameOfInput(input)));
  const others: Candidate[] = [];
  for (const candidate of rest.flatMap((folder) => readCandidates(folder, note))) {
    const name = nameOfInput(candidate.input);
    if (!known.has(name)) others.push(candidate);
    known.add(name);
  }
  // The short ones first; then backwards: what a long one covers as well, no short one is needed for.
  others.sort((a, b) => a.input.length - b.input.length || Buffer.compare(a.input, b.input));
  const some = await choose(open(), own, others, note);
  const few = await choose(open(), own, some.reverse(), () => undefined);
  const chosen = few.length < some.length ? few.reverse() : some.reverse();
  for (const { input } of chosen) target?.add(input);
  return { added: chosen.map(({ file }) => file), before: own.length, others: others.length };
}

function readCandidates(folder: string, note: (text: string) => void): Candidate[] {
  let [cut, unread] = [0, 0];
  const candidates = readFolder(folder).flatMap((name) => {
    const file = join(folder, name);
    const reading = readInputs([file]);
    cut += reading.cut;
    unread += reading.unread;
    return reading.inputs.map((input) => ({ file, input }));
  });
  if (cut > 0) note(`${cut} files in ${folder} are longer than ${LONGEST_INPUT} bytes: their beginnings are used`);
  if (unread > 0) note(`${unread} files in ${folder} cannot be read: they are left out`);
  return candidates;
}

/** Those of `candidates` that cover what none of `own` and none before them does. */
async function choose(
  target: AskedTarget,
  own: readonly Candidate[],
  candidates: readonly Candidate[],
  note: (text: string) => void,
): Promise<Candidate[]> {
  const chosen: Candidate[] = [];
  try {
    for (const { input } of own) await target.cover(input);
    for (const candidate of candidates) {
      const news = await target.cover(candidate.input);
      if (news === undefined) note(`${candidate.file} ends the target's process: it is left out`);
      else if (news > 0) chosen.push(candidate);
    }
  } finally {
    await target.close();
  }
  return chosen;
}
