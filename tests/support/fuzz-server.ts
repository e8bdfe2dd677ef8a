/** The server of tests/fixtures/c/fuzz/server.c, with one of its bugs. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileC } from './fuzz-fixtures.js';
import { Running, until } from './process.js';

export type Bug = 'none' | 'loop' | 'leak' | 'short' | 'waits';

export interface Servers {
  readonly folder: string;
  /** The program. */
  readonly program: string;
  remove(): void;
}

/** Compiles it. */
export function makeServers(...flags: string[]): Servers {
  const folder = mkdtempSync(join(tmpdir(), 'ancillary-test-'));
  const program = compileC(folder, 'server', { file: 'tests/fixtures/c/fuzz/server.c' }, 'cc', ...flags);
  return { folder, program, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Does `work` with a server that serves `name`; it is ended afterwards. */
export async function withServer<T>(
  { program }: Servers,
  bug: Bug,
  name: string,
  env: Record<string, string>,
  work: (server: Running) => Promise<T>,
): Promise<T> {
  const server = new Running([program, bug, name], { env, limit: 80_000 });
  try {
    await until(`the server serves ${name}`, () => server.stdout.includes('ready') || server.stderr !== '');
    return await work(server);
  } finally {
    await server.end();
  }
}

/** How many descriptors a process has open. */
export const countOpen = (pid: number) => readdirSync(`/proc/${pid}/fd`).length;
