/** What is said of mutants while they are judged, and at the end. */
import { reasonFor } from './equivalents.mjs';

/** @typedef {import('./run.mjs').Result} Result @typedef {import('./equivalents.mjs').Entry} Entry */

/** @param {Result['mutant']} mutant */
function describe({ file, line, was, is, original }) {
  return `${file}:${line}  ${was} -> ${is === ';' ? 'left out' : is || 'left off'}\n    ${original}`;
}

export class Report {
  /** @type {Result[]} */
  #results = [];
  /** @type {string[]} */
  #problems = [];
  #explained = 0;
  #entries;
  #expected;
  #isJson;
  #start = performance.now();

  /** @param {{ entries: Entry[], expected: number, isJson: boolean }} options */
  constructor({ entries, expected, isJson }) {
    this.#entries = entries;
    this.#expected = expected;
    this.#isJson = isJson;
  }

  /** @param {{ file: string, line: string, becomes: string }} entry */
  addStale({ file, line, becomes }) {
    this.#addProblem(`listed as equivalent, but no mutant: ${file}\n    ${line}\n    ${becomes}`);
  }

  /** @param {Result} result */
  add(result) {
    const { mutant, outcome, by } = result;
    const reason = reasonFor(this.#entries, mutant);
    this.#results.push(result);
    if (this.#isJson) this.#print(result, reason);
    const survived = outcome === 'survived';
    if (survived && reason) {
      this.#explained++;
      this.#say(`skip ${describe(mutant)}\n    equivalent: ${reason}`);
    } else if (survived) {
      this.#addProblem(`survived: ${describe(mutant)}\n    ${mutant.becomes}`);
    } else if (reason) {
      this.#addProblem(`listed as equivalent, but ${outcome}${by && ` by '${by}'`}: ${describe(mutant)}`);
    }
    this.#progress(`${this.#results.length} of ${this.#expected}, ${this.#problems.length} problems`);
  }

  /** @param {string} problem */
  #addProblem(problem) {
    this.#problems.push(problem);
    if (this.#isJson) console.log(JSON.stringify({ problem }));
    else this.#say(problem);
  }

  /** Prints the end of it; whether all is well. */
  finish() {
    this.#progress('');
    if (!this.#isJson) this.#summary();
    return this.#problems.length === 0;
  }

  /** @param {Result} result @param {string | undefined} reason */
  #print({ mutant, outcome, by }, reason) {
    const { change: _, ...rest } = mutant;
    console.log(JSON.stringify({ ...rest, outcome, by, reason }));
  }

  #summary() {
    const count = (/** @type {Result['outcome']} */ outcome) =>
      this.#results.filter((result) => result.outcome === outcome).length;
    const seconds = ((performance.now() - this.#start) / 1000).toFixed(0);
    console.log(
      `${this.#results.length} tried in ${seconds} s: ${count('broken')} do not compile, ` +
        `${count('same')} are the same to everybody`,
    );
    console.log(`${count('killed')} passed, ${this.#problems.length} failed, ${this.#explained} skipped`);
  }

  /** @param {string} line */
  #say(line) {
    this.#progress('');
    if (!this.#isJson) console.log(line);
  }

  /** @param {string} text */
  #progress(text) {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  }
}
