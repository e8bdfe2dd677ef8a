import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { AncillaryError } from '../../errors/error.js';
import { FIRST } from '../room.js';

/** What is run: the file, and what it sees as its arguments, its own name first. */
export interface Program {
  readonly file: string;
  readonly argv: readonly string[];
}

/** A descriptor that the program gets, and its name in LISTEN_FDNAMES. */
export interface Given {
  readonly fd: number;
  readonly name: string;
}

/** How a process ended: one of both. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Launched {
  readonly pid: number;
  /** Has it become the program; resolves once it has, and rejects with what is wrong. */
  go(): Promise<void>;
  readonly ended: Promise<Ending>;
}

/** What a manager says to its services in the environment: what stands there is not meant for ours. */
const MANAGERS = ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES', 'LISTEN_PIDFDID', 'WATCHDOG_PID', 'WATCHDOG_USEC'];

/**
 * Starts a process in a session of its own that is going to be the program, with the descriptors from 3 on. Throws when
 * no process can be made.
 */
export function launch({ file, argv }: Program, given: readonly Given[], variables: Record<string, string>): Launched {
  const env: NodeJS.ProcessEnv = { ...process.env };
  for (const name of [...MANAGERS, 'NOTIFY_SOCKET']) delete env[name];
  if (given.length > 0) {
    env.LISTEN_FDS = String(given.length);
    env.LISTEN_FDNAMES = given.map(({ name }) => name).join(':');
  }
  const step = fileURLToPath(new URL('cli-exec.js', import.meta.url));
  const child = spawn(process.execPath, [step, String(given.length), file, ...argv], {
    detached: true,
    env: { ...env, ...variables },
    stdio: ['inherit', 'inherit', 'inherit', ...given.map(({ fd }) => fd), 'pipe'],
  });
  const failure = new Promise<never>((_, reject) => child.once('error', reject));
  failure.catch(() => undefined);
  if (child.pid === undefined) {
    throw new AncillaryError('ERR_NOT_STARTED', 'no process can be started: raise ulimit -u and -n, or end some');
  }
  return { pid: child.pid, go: () => passGate(child, given.length), ended: endOf(child) };
}

function endOf(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
}

/** The descriptor behind the program's own closes when the program runs. */
function passGate(child: ChildProcess, count: number): Promise<void> {
  const gate = child.stdio[FIRST + count] as Readable & Writable;
  let said = '';
  gate.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  return new Promise((resolve, reject) => {
    gate.on('error', () => undefined);
    gate.once('close', () => (said === '' ? resolve() : reject(new AncillaryError('ERR_NOT_RUN', said))));
    gate.end('x');
  });
}
