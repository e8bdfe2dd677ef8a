/** The section of docs/museum.md that `npm run bench -- --only fuzz-museum` measures. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inVain, middle } from '../bench/finds.mjs';
import { nanoseconds } from '../bench/rounds.mjs';

const HEADING = '## Beside libFuzzer';

/** The section of a page that was written before; empty where it has none. @param {string} page */
export const sectionOf = (page) => page.slice(page.indexOf(HEADING) >= 0 ? page.indexOf(HEADING) : page.length);

/**
 * Measures, and tells it in Markdown; undefined where there is no libFuzzer. Throws what the bench says when it fails.
 *
 * @param {string} root @returns {Promise<string | undefined>}
 */
export async function measureBeside(root) {
  const bench = [join(root, 'scripts/bench/main.mjs'), '--only', 'fuzz-museum', '--json', '-'];
  const { stdout } = await promisify(execFile)(process.execPath, bench, { maxBuffer: 1 << 26 });
  const { machine, measures } = JSON.parse(stdout);
  /** @type {import('../bench/finds.mjs').FindResult} */
  const result = measures[0];
  const [peer, own] = ['libFuzzer', 'ancillary'].map((name) =>
    result.rows.filter(({ contender }) => contender === name),
  );
  if (!peer?.length || peer.some(({ state }) => state === 'absent')) return undefined;
  const rows = peer.map((row, i) => {
    const ours = /** @type {import('../bench/finds.mjs').FindRow} */ (own?.[i]);
    const cells = [row, ours].flatMap((each) => [...medians(each, result.limit), `${inVain(each)}`]);
    return `| ${[row.what, row.name.split(',')[0], ...cells].join(' | ')} |`;
  });
  const seeds = peer[0]?.finds.length;
  return `${HEADING}

\`npm run bench -- --only fuzz-museum\` looks for five of them, of five kinds, beside clang's libFuzzer, which is given the
program with the bug and the one without in C and ends at the first input with which they part
(\`scripts/bench/contenders/fuzz-museum.c\`). Both begin from nothing, with the options that they have by themselves, with
${seeds} seeds in turn. The seconds are those of a whole process from its start to its end, so what Node.js takes to start is in
them; the inputs tell the rest. Medians; a search that has found nothing in ${result.limit} s is ended, and counts as longer than any.
Node.js ${machine.node.slice(1)}, ${machine.arch}, ${machine.cores} cores, one process at a time.

| bug | id | libFuzzer, s | inputs | in vain | ancillary, s | inputs | in vain |
|---|---|---:|---:|---:|---:|---:|---:|
${rows.join('\n')}
`;
}

/** Seconds and inputs. @param {import('../bench/finds.mjs').FindRow} row @param {number} limit */
function medians(row, limit) {
  const [time, inputs] = [middle(row, 'nanoseconds'), middle(row, 'executions')];
  return [
    time === undefined ? `> ${limit}` : (time / nanoseconds.s).toPrecision(2),
    inputs === undefined ? '' : `${Math.round(inputs)}`,
  ];
}
