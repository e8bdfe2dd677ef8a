#!/usr/bin/env node
/**
 * Looks for every bug of the museum that is simulated, from an empty corpus and without its trigger, and writes how many
 * inputs and how long that took to docs/museum.md. How many is the same on every machine. Behind it
 * stands how long a few of them take, beside libFuzzer.
 *
 *   node scripts/nightly.mjs              writes the table
 *   node scripts/nightly.mjs --check ID...  compares the inputs of these with the table; exit 1 where they differ
 */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { measureBeside, sectionOf } from './nightly/beside.mjs';

const SEEDS = [1, 2, 3];
/** Seconds that a bug may take, on one core. */
const MOST_SECONDS = 60;
const root = fileURLToPath(new URL('..', import.meta.url));
const table = join(root, 'docs/museum.md');

/** @typedef {{ id: string, seed: number, executions: number | null, seconds: number }} Search */

/** @param {string[]} argv */
async function ancillary(...argv) {
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, [join(root, 'build/cli.js'), ...argv], { maxBuffer: 1 << 26 });
  return stdout.trim().split('\n');
}

/** @param {string[]} ids @returns {Promise<Search[]>} */
async function search(ids) {
  return (await ancillary('museum', 'search', SEEDS.join(','), ...ids)).map((line) => JSON.parse(line));
}

/** @param {Search[]} searches @returns {Map<string, Search[]>} */
function byId(searches) {
  /** @type {Map<string, Search[]>} */
  const found = new Map();
  for (const each of searches) found.set(each.id, [...(found.get(each.id) ?? []), each]);
  return found;
}

/** @param {number | null} executions */
const shown = (executions) => (executions === null ? 'not found' : String(executions));

async function writeTable() {
  const searches = await search([]);
  const [listing = '[]'] = await ancillary('museum', '--json');
  /** @type {{ id: string, title: string, project: string, kinds: string[] }[]} */
  const exhibits = JSON.parse(listing);
  const rows = [...byId(searches)].map(([id, each]) => {
    const { title = '', project = '', kinds = [] } = exhibits.find((exhibit) => exhibit.id === id) ?? {};
    const seconds = Math.max(...each.map((one) => one.seconds)).toFixed(1);
    return `| ${[id, project, title, kinds[0], ...each.map((one) => shown(one.executions)), seconds].join(' | ')} |`;
  });
  const slow = searches.filter(({ executions, seconds }) => executions === null || seconds > MOST_SECONDS);
  const beside = (await measureBeside(root)) ?? sectionOf(readFileSync(table, 'utf8'));
  mkdirSync(join(root, 'docs'), { recursive: true });
  writeFileSync(
    table,
    `# Finding the museum's bugs again

\`npm run nightly\` made this table: every bug of \`ancillary museum\` that is simulated, looked for from an empty corpus and
without its trigger, three times, on one core. A search ends at the first input with which the program that has the bug
takes something else to be true than the one that has not, in the way that is this bug's own. The inputs that this takes
are the same wherever it runs; the seconds are the most of the three on the machine that made the table.

${rows.length} bugs; ${slow.length === 0 ? `all were found in less than ${MOST_SECONDS} s` : `${slow.length} searches did not end within ${MOST_SECONDS} s`}.

| id | project | bug | kind | ${SEEDS.map((seed) => `inputs, seed ${seed}`).join(' | ')} | seconds |
|---|---|---|---|${SEEDS.map(() => '---:').join('|')}|---:|
${rows.join('\n')}

${beside}`,
  );
  console.log(`${rows.length} bugs, ${slow.length} searches too slow or in vain: docs/museum.md`);
  return slow.length === 0;
}

/** @param {string[]} ids */
async function checkTable(ids) {
  const lines = readFileSync(table, 'utf8').split('\n');
  let differences = 0;
  for (const [id, each] of byId(await search(ids))) {
    const cells = lines.find((line) => line.startsWith(`| ${id} |`))?.split(' | ');
    const written = cells?.slice(-1 - SEEDS.length, -1) ?? [];
    const found = each.map(({ executions }) => shown(executions));
    if (found.join() === written.join()) continue;
    differences++;
    console.log(
      `${id}: ${found.join(', ')} inputs, and the table has ${written.join(', ') || 'none'}: npm run nightly`,
    );
  }
  console.log(`${ids.length} bugs looked for, ${differences} not as in docs/museum.md`);
  return differences === 0;
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { check: { type: 'boolean' } } });
const isFine = values.check ? await checkTable(positionals) : await writeTable();
process.exitCode = isFine ? 0 : 1;
