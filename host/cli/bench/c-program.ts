/** The same work in C, where there is a compiler. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { AncillaryError } from '../../errors/error.js';
import { atEnd } from '../lifetime.js';
import HEADER from './bench.h';
import SOURCE from './ipc.c';
import type { Runner } from './ways.js';

/** A compiler that takes longer than this hangs. */
const LIMIT = 60_000;

/** Compiles the program; why it cannot be had, where it cannot. What runs needs its file no more: `remove` it then. */
export async function compileC(): Promise<{ program: string; remove: () => void } | { lack: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'ancillary-'));
  const remove = atEnd(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'bench.h'), HEADER);
  writeFileSync(join(folder, 'ipc.c'), SOURCE);
  const program = join(folder, 'ipc');
  const argv = ['-O2', '-std=gnu11', '-o', program, join(folder, 'ipc.c')];
  try {
    await promisify(execFile)('cc', argv, { timeout: LIMIT, env: { ...process.env, TMPDIR: folder, LC_ALL: 'C' } });
    return { program, remove };
  } catch (error) {
    remove();
    const { code, stderr = '' } = error as { code?: string; stderr?: string };
    if (code === 'ENOENT') return { lack: 'there is no cc' };
    const said = stderr.split('\n').find((line) => line.includes('error')) ?? 'it was ended';
    return { lack: `cc cannot compile it: ${said.slice(0, 200)}` };
  }
}

/** A process that stays, and times what it is asked for: `program` with its arguments. */
export function startC(program: string, argv: readonly (string | number)[]): Runner {
  const child = spawn(program, argv.map(String), { stdio: ['pipe', 'pipe', 'inherit'] });
  atEnd(() => child.kill('SIGKILL'));
  child.stdin.on('error', () => undefined);
  const lines = createInterface({ input: child.stdout });
  const died = once(child, 'exit').then(([code, signal]) => {
    throw new AncillaryError('ERR_PEER', `the program in C has ended (${signal ?? code})`);
  });
  died.catch(() => undefined);
  return {
    async run(n) {
      const line = once(lines, 'line');
      line.catch(() => undefined);
      child.stdin.write(`${n}\n`);
      const [text] = await Promise.race([line, died]);
      return Number(text);
    },
  };
}
