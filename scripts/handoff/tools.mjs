/** Tools of others that make load. */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const exec = promisify(execFile);
const at = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const AUTOCANNON = at('../../.ci/load/node_modules/autocannon/autocannon.js');

/**
 * What a tool counted.
 * @typedef {{ answered: number, failed: number, reset: number, twice: number, p99: number, slowest: number }} Counted
 * @typedef {object} Tool
 * @property {string} name
 * @property {() => string | undefined} lack why it cannot be used here
 * @property {(load: { port: number, connections: number, seconds: number }) => [string, ...string[]]} command
 */

/** @type {Tool[]} */
export const tools = [
  {
    name: 'wrk',
    lack: () => (spawnSync('wrk', ['--version']).error ? 'there is no wrk (Debian: wrk)' : undefined),
    command: ({ port, connections, seconds }) => [
      'wrk',
      ...['--threads', '1', '--connections', `${connections}`, '--duration', `${seconds}s`, '--timeout', '30s'],
      ...['--script', at('tools/wrk.lua'), `http://127.0.0.1:${port}`],
    ],
  },
  {
    name: 'autocannon',
    lack: () =>
      existsSync(AUTOCANNON) ? undefined : 'there is no autocannon (npm ci --prefix .ci/load --ignore-scripts)',
    command: ({ port, connections, seconds }) => [
      process.execPath,
      ...[at('tools/autocannon.mjs'), AUTOCANNON, `${port}`, `${connections}`, `${seconds}`],
    ],
  },
];

/**
 * Runs a tool to its end.
 * @param {Tool} tool @param {{ port: number, connections: number, seconds: number }} load @returns {Promise<Counted>}
 */
export async function runTool(tool, load) {
  const [program, ...args] = tool.command(load);
  const { stdout } = await exec(program, args, { timeout: load.seconds * 1000 + 120_000 });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}
