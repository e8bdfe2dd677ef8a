import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Unavailable } from '../answer.js';
import { readObject } from '../object/read.js';
import { type Answers, readAnswers, writeProgram } from './program.js';

/** A compiler that has not answered by then is ended. */
const LIMIT_MS = 60_000;
/** What it says beyond that is not read. */
const MOST_TEXT = 1 << 18;
/** Each attempt leaves out more lines; headers may hide one another's failures. */
const MOST_ATTEMPTS = 16;
/**
 * glibc's headers include one of these for each ABI of a compiler, and packages have only those of the ABI that they are
 * made for: `-idirafter .` finds an empty one.
 */
const STUBS = ['gnu/stubs-lp64_be.h'];
const ALL_ERRORS = '-ferror-limit=0';
const SOURCE = 'facts.c';
const OBJECT = 'facts.o';

/** There is no such command here. */
export class NoCompiler extends Unavailable {}

export type AtEnd = (cleanup: () => void) => () => void;

/**
 * What the compiler knows of these expressions: it compiles to an object, and nothing of that is run. `folder` is empty
 * and its own. Throws Unavailable where the compiler is not there or does not compile.
 */
export async function askCompiler(
  command: readonly string[],
  facts: readonly string[],
  folder: string,
  atEnd: AtEnd,
): Promise<Answers> {
  const without = new Set<number>();
  const flags = ['-std=gnu11', '-w'];
  for (const stub of STUBS) {
    mkdirSync(dirname(join(folder, stub)), { recursive: true });
    writeFileSync(join(folder, stub), '');
  }
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const { text, optional } = writeProgram(facts, without);
    writeFileSync(join(folder, SOURCE), text);
    const { code, said } = await run([...command, ...flags, '-c', SOURCE, '-o', OBJECT], folder, atEnd);
    if (code === 0) return readAnswers(readObject(readMade(join(folder, OBJECT), command)));
    // clang stops after 20 errors, and says by which option it would not; gcc does not know that one.
    if (said.includes('-ferror-limit=') && !flags.includes(ALL_ERRORS)) {
      flags.push(ALL_ERRORS);
      continue;
    }
    const before = without.size;
    for (const line of failedLines(said)) if (optional.has(line)) without.add(line);
    if (without.size === before) throw new Unavailable(`${command[0]}: ${firstError(said)}`);
  }
  throw new Unavailable(`${command[0]} does not compile the facts`);
}

function readMade(file: string, [program]: readonly string[]): Uint8Array {
  if (existsSync(file)) return readFileSync(file);
  throw new Unavailable(`${program} says that it compiled, but has made no file`);
}

/** Lines of the program that an error stands at, or that include a header where one stands. */
function failedLines(said: string): number[] {
  return [...said.matchAll(/facts\.c:(\d+)[:,]/g)].map(([, line]) => Number(line));
}

function firstError(said: string): string {
  const lines = said.split('\n').map((line) => line.trim());
  const line = lines.find((each) => /error/i.test(each)) ?? lines.find(Boolean) ?? 'failed and said nothing';
  return line.slice(0, 200);
}

async function run([program = '', ...argv]: string[], cwd: string, atEnd: AtEnd) {
  const child = spawn(program, argv, {
    cwd,
    // A group of its own: compilers start others, which have to end with them.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Nor may they leave files elsewhere: zig keeps what it has compiled.
    env: { ...process.env, LC_ALL: 'C', TMPDIR: cwd, ZIG_GLOBAL_CACHE_DIR: cwd, ZIG_LOCAL_CACHE_DIR: cwd },
  });
  let isOver = false;
  const end = () => {
    if (!isOver) endGroup(child);
  };
  const forget = atEnd(end);
  const timer = setTimeout(end, LIMIT_MS);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      if (said.length < MOST_TEXT) said += text;
    });
  }
  try {
    return await new Promise<{ code: number | null; said: string }>((resolve, reject) => {
      child.on('error', (error: NodeJS.ErrnoException) => {
        reject(error.code === 'ENOENT' ? new NoCompiler(`there is no ${program}`) : new Unavailable(error.message));
      });
      child.on('close', (code) => resolve({ code, said }));
    });
  } finally {
    isOver = true;
    clearTimeout(timer);
    forget();
  }
}

/** Ends the compiler and all that it started. */
function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The whole group is gone already.
  }
}
