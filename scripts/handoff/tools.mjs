/** Tools of others that make load. */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const exec = promisify(execFile);
/** From this folder. */
const AUTOCANNON = '../../.ci/load/node_modules/autocannon/autocannon.js';

/**
 * What a tool counted.
 * @typedef {{ answered: number, failed: number, reset: number, twice: number, p99: number, slowest: number }} Counted
 * @typedef {object} Tool
 * @property {string} name
 * @property {() => string | undefined} lack why it cannot be used here
 * @property {(load: { port: number, connections: number, seconds: number }) => [string, ...string[]]} command
 */

/** @param {string} folder where this file is @returns {Tool[]} */
export const toolsIn = (folder) => [
  {
    name: 'wrk',
    lack: () => (spawnSync('wrk', ['--version']).error ? 'there is no wrk (Debian: wrk)' : undefined),
    command: ({ port, connections, seconds }) => [
      'wrk',
      ...['--threads', '1', '--connections', `${connections}`, '--duration', `${seconds}s`, '--timeout', '30s'],
      ...['--script', join(folder, 'tools/wrk.lua'), `http://127.0.0.1:${port}`],
    ],
  },
  {
    name: 'autocannon',
    lack: () =>
      existsSync(join(folder, AUTOCANNON))
        ? undefined
        : 'there is no autocannon (npm ci --prefix .ci/load --ignore-scripts)',
    command: ({ port, connections, seconds }) => [
      process.execPath,
      ...[join(folder, 'tools/autocannon.mjs'), join(folder, AUTOCANNON), `${port}`, `${connections}`, `${seconds}`],
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
