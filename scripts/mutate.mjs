#!/usr/bin/env node
/** Changes assembly/ in every small way, one at a time, and has the codec's tests judge each: what they miss is told. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readEquivalents, reasonFor, staleEntries } from './mutate/equivalents.mjs';
import { bundleTests } from './mutate/judge.mjs';
import { findMutants } from './mutate/mutants.mjs';
import { readOptions, usage } from './mutate/options.mjs';
import { Report } from './mutate/report.mjs';
import { findRowMutants } from './mutate/rows.mjs';
import { runMutants } from './mutate/run.mjs';
import { packRows, readRowFiles } from './rows/pack.mjs';

/** assembly/ by path, with the tables that are packed for it. */
function readSources() {
  packRows('.');
  const names = readdirSync('assembly', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const paths = [...names.sort().map((name) => `assembly/${name}`), 'build/rows/tables.ts'];
  return new Map(paths.map((path) => [path, readFileSync(path, 'utf8')]));
}

/** `count` of `list`, in random order; all in their own, where one mutant's killer is likely to kill the next. @template T @param {T[]} list @param {number} count @param {number} seed */
function pick(list, count, seed) {
  if (count >= list.length) return list;
  let state = seed;
  const below = (/** @type {number} */ limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const left = [...list];
  return Array.from({ length: Math.min(count, list.length) }, () => left.splice(below(left.length), 1)).flat();
}

const { help, filters, json, jobs, sample, seconds, seed } = readOptions();
if (help) {
  console.log(usage);
  process.exit(0);
}
// Everything happens in threads of this process, and in memory: nothing is left behind.
for (const [signal, code] of /** @type {const} */ ([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
])) {
  process.on(signal, () => process.exit(code));
}
// The tests read their vectors below the folder of the package.
process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const sources = readSources();
const rowFiles = readRowFiles('.');
/** Of the fuzzer only what gives counts: another choice of inputs is none that is wrong, and its tests are no judges here. */
const JUDGED = ['assembly/fuzz/repeat.ts', 'assembly/fuzz/survey.ts'];
/** The judge of the model of queues is the running kernel, which none of the suites here may ask (queue-target.test.ts does). */
const UNJUDGED = ['assembly/fuzz/', 'assembly/kernel/queue'];
const isJudged = (/** @type {string} */ file) =>
  !UNJUDGED.some((folder) => file.startsWith(folder)) || JUDGED.includes(file);
const code = findMutants(sources).filter(({ file }) => file.startsWith('assembly/') && isJudged(file));
const all = [...code, ...findRowMutants(rowFiles)];
const chosen = pick(
  all.filter(({ file }) => filters.some((filter) => file.includes(filter))),
  sample,
  seed,
);
if (chosen.length === 0) {
  console.error(`no mutant: does a path below assembly/ contain '${filters.join("' or '")}'?`);
  process.exit(1);
}
if (!json) console.log(`${chosen.length} of ${all.length} mutants, seed ${seed}`);

const entries = readEquivalents();
const report = new Report({ entries, expected: chosen.length, isJson: json });
for (const entry of staleEntries(entries, all)) report.addStale(entry);
await runMutants(sources, rowFiles, chosen, await bundleTests(), {
  jobs,
  seed,
  seconds,
  isKnown: (mutant) => reasonFor(entries, mutant) !== undefined,
  done: (result) => report.add(result),
});
process.exitCode = report.finish() ? 0 : 1;
