/** Child processes that are bounded in time, and a look at what they leave behind. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: Buffer;
  stderr: string;
}

export interface StartOptions {
  env?: NodeJS.ProcessEnv;
  stdio?: StdioOptions;
  /** What standard input holds; without it, it is empty. */
  input?: string | Buffer;
  /** When it is killed, in milliseconds. */
  limit?: number;
}

/** argv of the command. */
export const cli = (...argv: string[]) => [process.execPath, 'build/cli.js', ...argv];

/** argv of a module given as text; it can import `ancillary`. */
export const script = (text: string, ...flags: string[]) => [
  process.execPath,
  ...flags,
  '--input-type=module',
  '--eval',
  text,
];

export class Running {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly ended: Promise<Ended>;
  stderr = '';
  readonly #mark = randomUUID();
  readonly #chunks: Buffer[] = [];

  constructor([command = '', ...argv]: string[], { env, stdio, input, limit = 90_000 }: StartOptions = {}) {
    this.child = spawn(command, argv, {
      env: { ...process.env, ...env, TEST_MARK: this.#mark },
      stdio: stdio ?? 'pipe',
    });
    this.pid = this.child.pid ?? -1;
    this.child.stdout?.on('data', (chunk) => this.#chunks.push(chunk));
    this.child.stderr?.setEncoding('utf8').on('data', (text) => {
      this.stderr += text;
    });
    if (!stdio) {
      // A command that ends without reading all of it is no failure of the test.
      this.child.stdin?.on('error', () => {});
      this.child.stdin?.end(input ?? '');
    }
    const timer = setTimeout(() => this.child.kill('SIGKILL'), limit);
    this.ended = new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.on('close', (code, signal) => {
        clearTimeout(timer);
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr });
      });
    });
  }

  get stdout(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** Sends a signal; resolves when the process has ended. */
  end(signal: NodeJS.Signals = 'SIGKILL'): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }

  /** The processes that it started, or it itself, that still run. */
  left(): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => {
        try {
          return readFileSync(`/proc/${pid}/environ`).includes(this.#mark);
        } catch {
          return false;
        }
      });
  }
}

/** Runs a command to its end. */
export async function run(argv: string[], options?: StartOptions): Promise<Ended> {
  return new Running(argv, options).ended;
}

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Waits for `condition`, asked every 5 ms. */
export async function until(what: string, condition: () => unknown, limit = 60_000): Promise<void> {
  for (const end = performance.now() + limit; !(await condition()); await sleep(5)) {
    if (performance.now() > end) throw new Error(`waited ${limit} ms in vain: ${what}`);
  }
}

/**
 * Whether `work` ends within so many milliseconds of this process's own time, told by many short timers in a row: a
 * machine that stands still, or gives its time to others, lets one of them pass and not all.
 */
export async function isWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  let isOver = false;
  const end = () => {
    isOver = true;
  };
  work.then(end, end);
  for (let passed = 0; passed < ms && !isOver; passed += 10) await sleep(10);
  return isOver;
}

/** Waits until a process sleeps: it has got as far as it can get by itself. */
export async function untilAsleep(pid: number): Promise<void> {
  let looks = 0;
  await until(`process ${pid} sleeps`, () => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    looks = stat[stat.lastIndexOf(')') + 2] === 'S' ? looks + 1 : 0;
    return looks === 10;
  });
}

/** Whether somebody listens at `path`: from bind to listen the file is there and refuses. */
export function isListening(path: string): boolean {
  const SO_ACCEPTCON = '00010000';
  return flagsOf(path).includes(SO_ACCEPTCON);
}

/** Whether a socket has been bound to `path`, wherever its file is now. */
export const isBound = (path: string): boolean => flagsOf(path).length > 0;

function flagsOf(path: string): (string | undefined)[] {
  return readFileSync('/proc/net/unix', 'latin1')
    .split('\n')
    .filter((line) => line.endsWith(` ${path}`))
    .map((line) => line.split(/ +/)[3]);
}
