/** What a job has started and left, wherever it went: a group of processes is left with setsid(2), its environment is not. */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The variable that a job and all that it starts have in their environment. */
const VARIABLE = 'ANCILLARY_FUZZ_JOB';
/** One that is killed may have started another this moment. */
const ROUNDS = 3;

/** The environment of a job whose processes are known by `mark`. */
export function markedEnvironment(mark: string): NodeJS.ProcessEnv {
  return { ...process.env, [VARIABLE]: mark };
}

/** What stands in the environment of a job and of all that it starts; in the job itself `mark` is its own. */
export function markPattern(mark = process.env[VARIABLE] ?? 'none'): string {
  return `${VARIABLE}=${mark}`;
}

/** Where a job may put what is to be gone with it, however that ends; whoever runs without a job has a name of its own. */
export function temporaryFolder(mark = process.env[VARIABLE] ?? randomUUID()): string {
  return join(tmpdir(), `ancillary-${mark}`);
}

/** Kills all processes with `mark`. Whoever has thrown away its environment, or belongs to another user, is not seen. */
export function endMarked(mark: string): void {
  for (let round = 0; round < ROUNDS; round++) {
    if (markedProcesses(mark).filter(kill).length === 0) return;
  }
}

/** Their pids (proc(5), environ); none where there is no /proc. One that has ended and is not yet waited for has no environment. */
function markedProcesses(mark: string): number[] {
  const entry = Buffer.from(`${VARIABLE}=${mark}\0`);
  try {
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 1 && pid !== process.pid && environmentOf(pid).includes(entry));
  } catch {
    return [];
  }
}

function environmentOf(pid: number): Buffer {
  try {
    return readFileSync(`/proc/${pid}/environ`);
  } catch {
    return Buffer.alloc(0);
  }
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}
