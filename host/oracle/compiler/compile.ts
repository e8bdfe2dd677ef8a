import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AncillaryError } from '../../errors/error.js';
import { type Asking, Unavailable } from '../answer.js';
import { readObject } from '../object/read.js';
import { orUnavailable, readMade, runProgram } from '../program.js';
import { type Answers, readAnswers, writeProgram } from './program.js';

/** A compiler that has not answered by then is ended. */
const LIMIT_MS = 60_000;
/** Each attempt leaves out more lines; headers may hide one another's failures. */
const MOST_ATTEMPTS = 16;
/**
 * glibc's headers include one of these for each ABI of a compiler, and packages have only those of the ABI that they are
 * made for: `-idirafter {}` finds an empty one.
 */
const STUBS = ['gnu/stubs-lp64_be.h'];
const ALL_ERRORS = '-ferror-limit=0';
/** In a command: the folder of the source. */
const FOLDER = '{}';
const SOURCE = 'facts.c';
const OBJECT = 'facts.o';

/**
 * What the compiler knows of these expressions: it compiles to an object, and nothing of that is run. `folder` is empty
 * and its own. Throws Unavailable where the compiler is not there or does not compile.
 */
export async function askCompiler(
  command: readonly string[],
  facts: readonly string[],
  folder: string,
  atEnd: Asking['atEnd'],
): Promise<Answers> {
  const without = new Set<number>();
  const flags = ['-std=gnu11', '-w'];
  const words = command.map((word) => (word === FOLDER ? folder : word));
  const [source, object] = [join(folder, SOURCE), join(folder, OBJECT)];
  const put = (name: string, text: string) =>
    orUnavailable('a source cannot be written', () => {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    });
  for (const stub of STUBS) put(stub, '');
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const { text, optional } = writeProgram(facts, without);
    put(SOURCE, text);
    const { code, said, late } = await runProgram([...words, ...flags, '-c', source, '-o', object], {
      // Nor may compilers leave files elsewhere: zig keeps what it has compiled.
      env: { ...process.env, LC_ALL: 'C', TMPDIR: folder, ZIG_GLOBAL_CACHE_DIR: folder, ZIG_LOCAL_CACHE_DIR: folder },
      limitMs: LIMIT_MS,
      atEnd,
    });
    if (late) throw new Unavailable(`${command[0]} was ended: it had not compiled within ${LIMIT_MS / 1000} s`);
    if (code === 0) return answersOf(object, command);
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

function answersOf(file: string, [program]: readonly string[]): Answers {
  try {
    return readAnswers(readObject(readMade(file, `the object of ${program}`)));
  } catch (error) {
    if (error instanceof AncillaryError) throw new Unavailable(`${program}: ${error.message}`);
    throw error;
  }
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
