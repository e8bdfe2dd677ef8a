/**
 * A thread that judges one module after another: the tests are begun anew each time, what does not depend on the module
 * (the vectors, megabytes of them) is read once. Messages in: `{ wasm, killers, unchanged, own }`; out: the verdict of
 * all suites, or the one that is its own (runner.mjs), or `{ isSame: true }` if there is an unchanged module and a host
 * reads the same out of both.
 */
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

/** @typedef {import('./runner.mjs').Verdict} Verdict @typedef {import('./judge.mjs').Killer} Killer */

/** @type {{ scripts: string[], vectors: string, reader: string, times: [string, number][], steps: SharedArrayBuffer, leastAllowance: number }} */
const { scripts, vectors, reader, times, steps, leastAllowance } = workerData;
const require = createRequire(import.meta.url);

const shared = { exports: {} };
new Function('require', 'module', vectors)(require, shared);
const read = { exports: /** @type {any} */ ({}) };
new Function('module', 'mutant', reader)(read, {});
const suites = scripts.map((script) => new Function('require', 'mutant', script));
const durations = new Map(times);
/** A test that takes so many times what it took with the unchanged module counts as endless. */
const TIMES_USUAL = 20;
/** What a test of the first pass takes at most, ms. */
const QUICK = 10;
const [STEP, ALLOWANCE] = [0, 1];
const clock = new Int32Array(steps);

function begun(/** @type {string} */ name) {
  const usual = durations.get(name);
  if (usual !== undefined) Atomics.store(clock, ALLOWANCE, Math.max(leastAllowance, TIMES_USUAL * usual));
  Atomics.add(clock, STEP, 1);
}

/** What is run first: what killed before, then the quick tests, then the others. */
const PASSES = 3;

/** @param {Uint8Array} wasm @param {number} suite @param {{ first: string[], pass: number }} which */
function run(wasm, suite, { first, pass }) {
  /** @param {string} name */
  const passOf = (name) => (first.includes(name) ? 0 : (durations.get(name) ?? 0) <= QUICK ? 1 : 2);
  const isWanted = (/** @type {string} */ name) => passOf(name) === pass;
  return new Promise((/** @type {(verdict: Verdict) => void} */ end) => {
    suites[suite]?.(require, { wasm, vectors: shared.exports, first, durations, isWanted, begun, end });
  });
}

/**
 * Every suite, pass by pass; one that killed nothing yet has no test in the first.
 * @param {Uint8Array} wasm @param {Killer[]} killers @param {number} [own] the one suite @returns {Promise<Verdict>}
 */
async function judge(wasm, killers, own) {
  const order = own === undefined ? new Set([...killers.map(({ suite }) => suite), ...suites.keys()]) : [own];
  /** @type {[string, number][]} */
  const all = [];
  for (let pass = 0; pass < PASSES; pass++) {
    for (const suite of order) {
      const first = killers.filter((killer) => killer.suite === suite).map(({ name }) => name);
      if (pass === 0 && first.length === 0) continue;
      const verdict = await run(wasm, suite, { first, pass });
      if ('killedBy' in verdict) return { ...verdict, suite };
      all.push(...verdict.times);
    }
  }
  return { times: all };
}

/** What the host reads out of the unchanged module, once it is wanted. */
let expected = '';

/** @param {Uint8Array} wasm @param {Uint8Array} unchanged */
function isSame(wasm, unchanged) {
  expected ||= read.exports.readEverything(unchanged);
  try {
    return read.exports.readEverything(wasm) === expected;
  } catch {
    return false;
  }
}

parentPort?.on('message', async ({ wasm, killers, unchanged, own }) => {
  if (unchanged && isSame(wasm, unchanged)) return parentPort?.postMessage({ isSame: true });
  parentPort?.postMessage(
    // A promise's own: what a suite throws before its first test.
    await judge(wasm, killers, own).catch((error) => ({
      killedBy: 'an error outside any test',
      message: String(error),
    })),
  );
});
