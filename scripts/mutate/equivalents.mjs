/** equivalents.json: the mutants that no test can tell from the original, each with its reason. */
import { readFileSync } from 'node:fs';

/** @typedef {import('./mutants.mjs').Mutant} Mutant */
/** @typedef {{ file: string, line: string, becomes: string[], reason: string }} Entry `line` is its text: numbers move */

/** @returns {Entry[]} */
export function readEquivalents() {
  return JSON.parse(readFileSync(new URL('equivalents.json', import.meta.url), 'utf8'));
}

/** The reason why a mutant is equivalent, or undefined. @param {Entry[]} entries @param {Mutant} mutant */
export function reasonFor(entries, { file, original, becomes }) {
  return entries.find((entry) => entry.file === file && entry.line === original && entry.becomes.includes(becomes))
    ?.reason;
}

/** What is listed but is no mutant any more. @param {Entry[]} entries @param {Mutant[]} mutants */
export function staleEntries(entries, mutants) {
  const known = new Set(mutants.map(({ file, original, becomes }) => `${file}\n${original}\n${becomes}`));
  return entries.flatMap(({ file, line, becomes }) =>
    becomes.filter((is) => !known.has(`${file}\n${line}\n${is}`)).map((is) => ({ file, line, becomes: is })),
  );
}
