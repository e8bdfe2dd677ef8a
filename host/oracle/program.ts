import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, constants, fstatSync, mkdtempSync, openSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Asking, Unavailable } from './answer.js';

/** What a program says beyond that is not read. */
const MOST_TEXT = 1 << 18;
/** How long what a program has written is waited for once it has ended: others may hold its pipes open for ever. */
const GRACE_MS = 500;
/** What a program makes is smaller by far. */
const MOST_BYTES = 16 << 20;

/** There is no such program here. */
export class NoProgram extends Unavailable {}

/** How a program ended, and what it wrote to both outputs. */
export interface Ran {
  /** Null where a signal ended it. */
  code: number | null;
  said: string;
  /** It was ended, as it had not by itself by then. */
  late: boolean;
}

/** How a program is run. */
export interface RunOptions {
  atEnd: Asking['atEnd'];
  limitMs: number;
  env?: NodeJS.ProcessEnv;
}

/**
 * Runs a program with all that it starts in a group of their own, which ends when it does, when it takes too long, or
 * when the command ends. It runs where this process does, so that its paths mean what they mean to whoever gave them.
 * Throws Unavailable where it cannot be started.
 */
export async function runProgram([program = '', ...argv]: readonly string[], options: RunOptions): Promise<Ran> {
  const { atEnd, limitMs, env } = options;
  const child = orUnavailable(`cannot start ${program}`, () =>
    spawn(program, argv, {
      ...(env !== undefined && { env }),
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
  let isOver = false;
  let late = false;
  let said = '';
  const end = () => {
    if (!isOver) endGroup(child);
  };
  const forget = atEnd(end);
  const timer = setTimeout(() => {
    late = true;
    end();
  }, limitMs);
  // There are none where not even pipes could be made.
  const streams = [child.stdout, child.stderr].filter(Boolean);
  for (const stream of streams) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      if (said.length < MOST_TEXT) said += text;
    });
  }
  try {
    const code = await new Promise<number | null>((done, fail) => {
      child.on('error', (error: NodeJS.ErrnoException) => {
        const { code: errno, message } = error;
        fail(
          errno === 'ENOENT'
            ? new NoProgram(`there is no ${program}`)
            : new Unavailable(`cannot start ${program}: ${message}`),
        );
      });
      child.on('close', done);
      child.on('exit', (status) => {
        // What it has left behind would keep its pipes open.
        end();
        isOver = true;
        setTimeout(done, GRACE_MS, status).unref();
      });
    });
    return { code, said, late };
  } finally {
    isOver = true;
    clearTimeout(timer);
    forget();
    for (const stream of streams) stream?.destroy();
  }
}

/** Ends a program and all of its group. */
function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The whole group is gone already.
  }
}

/** Does `work` in an empty folder of its own, which is gone afterwards, also when the command ends meanwhile. */
export async function inFolder<T>(atEnd: Asking['atEnd'], work: (folder: string) => Promise<T>): Promise<T> {
  const folder = orUnavailable('no temporary folder can be made', () => mkdtempSync(join(tmpdir(), 'ancillary-')));
  const remove = atEnd(() => rmSync(folder, { recursive: true, force: true }));
  try {
    return await work(folder);
  } finally {
    // Removing takes a descriptor: of a program that found none, Node gives back those of its pipes a little later.
    await removeFolder(folder);
    remove();
  }
}

async function removeFolder(folder: string): Promise<void> {
  try {
    // Of an empty one it takes none.
    rmdirSync(folder);
  } catch {
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 10 });
  }
}

/** A file that a program has made, which may be anything: opened so that a pipe without a writer is not waited for. */
export function readMade(file: string, what: string): Uint8Array {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  const made = orUnavailable(`${what} cannot be read`, () => openSync(file, flags));
  try {
    const stats = fstatSync(made);
    if (stats.isFile() && stats.size <= MOST_BYTES) return readFileSync(made);
  } finally {
    closeSync(made);
  }
  throw new Unavailable(`${what} is none: no file of ${MOST_BYTES} bytes at most`);
}

/** What `work` gives; what the system refuses is why something cannot be asked, and no error of this program. */
export function orUnavailable<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_ACCESS_DENIED') throw new Unavailable(`${what}: Node's permission model does not allow it`);
    if (code === undefined) throw error;
    throw new Unavailable(`${what}: ${message}`);
  }
}
