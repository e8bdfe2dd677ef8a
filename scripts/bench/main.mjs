#!/usr/bin/env node
/**
 * npm run bench: see `--help`, and targets.mjs for what is measured and promised.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { killChildren } from './child.mjs';
import { runFinds } from './finds.mjs';
import { help, readOptions, UsageError } from './options.mjs';
import { createProgress } from './progress.mjs';
import { runMeasure } from './rounds.mjs';
import { drawTable } from './table.mjs';
import { measures } from './targets.mjs';
import { createToolbox } from './tools.mjs';

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(help);
  else process.exitCode = await bench(options);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`bench: ${error.message}\nTry --help.`);
  process.exitCode = 2;
}

/** @param {import('./options.mjs').Options} options @returns {Promise<number>} the exit code */
async function bench({ only, rounds, smoke, json }) {
  const directory = mkdtempSync(join(tmpdir(), 'ancillary-bench-'));
  const cleanUp = () => {
    killChildren();
    rmSync(directory, { recursive: true, force: true });
  };
  for (const [signal, code] of /** @type {const} */ ([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])) {
    process.once(signal, () => {
      cleanUp();
      process.exit(code);
    });
  }
  const progress = createProgress(process.stderr);
  try {
    const effort = smoke
      ? { rounds, sittings: 1, batchTime: 1e6, warmUp: 0, judge: false }
      : { rounds, sittings: Math.min(3, rounds), batchTime: 50e6, warmUp: 400e6, judge: true };
    const context = { prepare: createToolbox(directory), directory, progress: progress.show };
    const results = [];
    for (const measure of measures) {
      if (only.length > 0 && !only.includes(measure.name)) continue;
      const run = measure.kind === 'finds' ? runFinds(measure, effort, context) : runMeasure(measure, effort, context);
      results.push(await run);
    }
    progress.end();
    report(results, { rounds, smoke }, json);
    return results.some(({ rows }) => rows.some((row) => row.state === 'failed')) ? 1 : 0;
  } finally {
    cleanUp();
  }
}

/**
 * @param {(import('./rounds.mjs').Result | import('./finds.mjs').FindResult)[]} results
 * @param {{ rounds: number, smoke: boolean }} run
 * @param {string} [json]
 */
function report(results, run, json) {
  const machine = {
    node: process.version,
    kernel: release(),
    arch: process.arch,
    cpu: cpus()[0]?.model.trim(),
    cores: cpus().length,
  };
  const text = JSON.stringify({ machine, ...run, unit: 'ns', measures: results }, null, 2);
  if (json === '-') return console.log(text);
  if (json !== undefined) writeFileSync(json, `${text}\n`);
  console.log(`Node ${machine.node.slice(1)}, Linux ${machine.kernel}, ${machine.arch}, ${machine.cores} cores\n`);
  console.log(drawTable(results));
}
