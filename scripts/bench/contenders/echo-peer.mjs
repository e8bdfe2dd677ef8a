import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The other process of an echo: the same program once more, with the socket's path as its last argument. */

/** @returns {Promise<string>} the path it listens on. The bench gives its children a temporary directory of their own. */
export async function startServer() {
  const path = join(tmpdir(), `${process.pid}.socket`);
  const server = spawn(process.execPath, [...process.argv.slice(1), path], { stdio: ['pipe', 'pipe', 'inherit'] });
  server.on('exit', () => process.exit(1));
  await once(server.stdout, 'data');
  return path;
}

/** @returns {string | undefined} the path to listen on, in the server */
export function serverPath() {
  const last = process.argv.at(-1);
  return last?.endsWith('.socket') ? last : undefined;
}

/** Tells the client that the server listens; from then on the server lives as long as its client. */
export function serverReady() {
  process.stdin.on('end', () => process.exit()).resume();
  console.log('ready');
}
