#!/usr/bin/env node
/** Runs the built tests, each file in a process of its own, so that limits and descriptor counts are not shared. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const usage = `Usage: node scripts/test.mjs [OPTION...] [FILTER...]

Runs build/tests/**/*.test.js (npm run build makes them), or those whose path contains a FILTER.
Files named *.alone.test.js run with nothing beside them.

  --node PATH    run the tests with this Node
  --jobs N       how many files at a time (2)
  --seconds N    how long a file may take (600)
  --except TEXT  none whose path contains TEXT; may be given several times
  --folder DIR   where the tests are (build/tests)
  --again        when all are done, run each file that failed once more, with nothing beside it: what passes then is
                 told, and counts as passed (for machines that others use too)
  --help         this text

SEED=N in the environment repeats a random test.`;

/** A file that prints more than this is out of control; what follows is dropped. */
const OUTPUT_LIMIT = 4 << 20;

const root = fileURLToPath(new URL('..', import.meta.url));

function readOptions() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        node: { type: 'string', default: process.execPath },
        jobs: { type: 'string', default: '2' },
        seconds: { type: 'string', default: '600' },
        folder: { type: 'string', default: join(root, 'build/tests') },
        except: { type: 'string', multiple: true, default: [] },
        again: { type: 'boolean', default: false },
        help: { type: 'boolean' },
      },
    });
    const [jobs, seconds] = [Number(values.jobs), Number(values.seconds)];
    if (!(Number.isInteger(jobs) && jobs > 0 && seconds > 0)) throw new Error('--jobs and --seconds must be positive');
    const [node, folder] = [resolve(values.node), resolve(values.folder)];
    const { help, again, except } = values;
    return { help, again, except, jobs, seconds, node, folder, filters: positionals };
  } catch (error) {
    console.error(`${/** @type {Error} */ (error).message}\n\n${usage}`);
    return process.exit(2);
  }
}

const options = readOptions();
if (options.help) {
  console.log(usage);
  process.exit(0);
}

/** @typedef {{ name: string, passed: number, failed: number, skips: string[], seconds: number, problem?: string, output: string }} Result */

const STOPS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/** The group leaders that run now. @type {Set<number>} */
const running = new Set();
/** Set once a signal asks to stop: no further file is started. */
let stopCode = 0;

/** @param {number} group @param {NodeJS.Signals} signal */
function signalGroup(group, signal) {
  try {
    process.kill(-group, signal);
  } catch {
    // The whole group is gone already.
  }
}

/** The last `Total`, `Passed` that uvu printed. @param {string} output */
function readSummary(output) {
  const last = [...output.matchAll(/^ {2}Total: +(\d+)\n {2}Passed: +(\d+)$/gm)].pop();
  return last && { total: Number(last[1]), passed: Number(last[2]) };
}

/**
 * Runs one file to its end; `ending` says how it ended, if not by itself.
 * @param {string} name @param {string} temp
 * @returns {Promise<{ output: string, code: number | null, ending?: string }>}
 */
function runProcess(name, temp) {
  // A group of its own: whatever the file starts can be ended with it.
  const child = spawn(options.node, ['--enable-source-maps', join(options.folder, name)], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PATH: `${dirname(options.node)}:${process.env.PATH}`,
      TMPDIR: temp,
      FORCE_COLOR: undefined,
      // npm keeps compiled code in the temporary directory.
      NODE_DISABLE_COMPILE_CACHE: '1',
    },
  });
  const group = child.pid;
  if (group === undefined) {
    return new Promise((done) => {
      child.on('error', (error) => done({ output: '', code: null, ending: `did not start: ${error.message}` }));
    });
  }

  running.add(group);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      if (output.length < OUTPUT_LIMIT) output += text;
    });
  }
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    signalGroup(group, 'SIGKILL');
  }, options.seconds * 1000);
  child.on('exit', () => {
    running.delete(group);
    clearTimeout(timer);
    // What the file left running may hold its output open, and may have left the group.
    signalGroup(group, 'SIGKILL');
    setTimeout(() => [child.stdout, child.stderr].map((stream) => stream.destroy()), 2000).unref();
  });
  return new Promise((done) => {
    child.on('close', (code, signal) => {
      const ending = late ? `still ran after ${options.seconds} s` : signal ? `ended by ${signal}` : undefined;
      done({ output, code, ending });
    });
  });
}

/** @param {string} name @returns {Promise<Result>} */
async function runFile(name) {
  const start = performance.now();
  const temp = mkdtempSync(join(tmpdir(), 'test-'));
  const { output, code, ending } = await runProcess(name, temp);
  const left = readdirSync(temp);
  rmSync(temp, { recursive: true, force: true });

  const { total = 0, passed = 0 } = readSummary(output) ?? {};
  const skips = [...output.matchAll(/^skip (.*)$/gm)].map((match) => String(match[1]));
  let problem = ending;
  if (!problem && !readSummary(output)) problem = 'printed no summary';
  if (!problem && total + skips.length === 0) problem = 'ran no test';
  if (!problem && code !== (total > passed ? 1 : 0)) problem = `exit code ${code}`;
  if (!problem && left.length > 0) problem = `left in its temporary directory: ${left.join(', ')}`;
  const failed = total - passed || (problem ? 1 : 0);
  return { name, passed, failed, skips, problem, output, seconds: (performance.now() - start) / 1000 };
}

/** @param {Result} result */
function report({ name, passed, failed, skips, seconds, problem, output }) {
  const counts = `${passed} passed, ${failed} failed, ${skips.length} skipped`;
  console.log(`${failed ? 'FAIL' : 'ok  '} ${name.replace(/\.js$/, '').padEnd(44)} ${counts}  ${seconds.toFixed(1)} s`);
  for (const skip of skips) console.log(`     skip ${skip}`);
  if (!failed) return;
  if (output) console.log(output.trimEnd().replace(/^/gm, '  | '));
  if (problem) console.log(`  ${name}: ${problem}`);
}

/** @param {string[]} names @param {number} jobs @returns {Promise<Result[]>} */
async function runAll(names, jobs) {
  const waiting = [...names];
  /** @type {Result[]} */
  const results = [];
  const worker = async () => {
    for (let name = waiting.shift(); name !== undefined && !stopCode; name = waiting.shift()) {
      const result = await runFile(name);
      report(result);
      results.push(result);
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return results;
}

function findTests() {
  const { filters, except } = options;
  try {
    return readdirSync(options.folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.js'))
      .filter((name) => filters.length === 0 || filters.some((filter) => name.includes(filter)))
      .filter((name) => !except.some((filter) => name.includes(filter)))
      .sort();
  } catch {
    return [];
  }
}

for (const [signal, code] of /** @type {[NodeJS.Signals, number][]} */ (Object.entries(STOPS))) {
  process.on(signal, () => {
    stopCode = code;
    for (const group of running) signalGroup(group, 'SIGKILL');
  });
}

const names = findTests();
const alone = names.filter((name) => name.includes('.alone.'));
const beside = names.filter((name) => !name.includes('.alone.'));
let results = [...(await runAll(beside, options.jobs)), ...(await runAll(alone, 1))];
const suspects = results.filter((result) => result.failed > 0).map((result) => result.name);
if (options.again && suspects.length > 0 && !stopCode) {
  console.log(`again, alone: ${suspects.join(', ')}`);
  const seconds = await runAll(suspects, 1);
  results = results.map((first) => seconds.find((second) => second.name === first.name) ?? first);
}
if (results.length === 0) console.error('no test file ran: has npm run build made one, and does a filter match?');

/** @param {(result: Result) => number} count */
const sum = (count) => results.reduce((total, result) => total + count(result), 0);
const [passed, failed, skipped] = [sum((r) => r.passed), sum((r) => r.failed), sum((r) => r.skips.length)];
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = stopCode || (failed || results.length === 0 ? 1 : 0);
