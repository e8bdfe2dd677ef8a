import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { AncillaryError } from '../../errors/error.js';
import { type Abi, listAbis } from '../../model/rows.js';
import type { CodecInstance } from '../../wasm/instance.js';
import { type Asking, type Oracle, type Tell, Unavailable, type Verdict, verdictOf } from '../answer.js';
import { same } from '../compare.js';
import { inFolder, NoProgram, orUnavailable } from '../program.js';
import { cmsgOf, numbersOf, structsOf } from '../rows.js';
import { CANDIDATES, VARIANTS, ZIG_TARGETS } from './candidates.js';
import { askCompiler } from './compile.js';
import { compareFacts, type Fact, factsOf } from './facts.js';
import type { Answers } from './program.js';

type Ask = (command: readonly string[], facts: readonly string[]) => Promise<Answers>;

/** C compilers, with the headers that they find: what they know is read out of an object file that is never run. */
export const compilerOracle: Oracle = {
  name: 'cc',
  summary: 'C compilers by their names, or those of --cc: sizes, offsets and constants out of an object file',
  scope: 'compilers tell of ABIs, not of walks',
  async ask(asking, tell) {
    const abis = listAbis(asking.codec).filter(({ id }) =>
      asking.subjects.some((subject) => subject.kind === 'abi' && subject.id === id),
    );
    try {
      await inFolder(asking.atEnd, (folder) => askAbout(asking, abis, folder, tell));
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      // A compiler that was named has to be asked.
      if (asking.compilers.length > 0) throw new AncillaryError('ERR_UNSUPPORTED', `--cc: ${error.message}`);
      for (const { id } of abis) tell({ kind: 'abi', id }, { state: 'not run', reason: error.message });
    }
  },
};

async function askAbout(asking: Asking, abis: readonly Abi[], folder: string, tell: Tell): Promise<void> {
  let folders = 0;
  const ask: Ask = async (command, facts) => {
    const own = join(folder, String(folders++));
    orUnavailable('no temporary folder can be made', () => mkdirSync(own));
    return askCompiler(command, facts, own, asking.atEnd);
  };
  const jobs =
    asking.compilers.length > 0
      ? await jobsOfNamed(asking, abis, ask)
      : abis.map((abi) => ({ abi, commands: candidatesOf(abi) }));
  await inParallel(jobs, async ({ abi, commands }) => {
    asking.progress(`cc: ${abi.id}`);
    tell({ kind: 'abi', id: abi.id }, await compare(asking.codec, abi, commands, ask));
  });
}

interface Job {
  abi: Abi;
  commands: readonly (readonly string[])[];
}

/** The rows that the named compilers compile for, as their objects say. */
async function jobsOfNamed({ compilers }: Asking, abis: readonly Abi[], ask: Ask): Promise<Job[]> {
  const jobs: Job[] = [];
  for (const command of compilers) {
    const { arch, libc } = await ask(command, []);
    const own = abis.filter((abi) => abi.arch === arch && headersOf(abi).libc === libc);
    if (own.length === 0) {
      const asked = `${arch}-${libc}`;
      throw new AncillaryError(
        'ERR_UNSUPPORTED',
        `--cc: ${command[0]} compiles for ${asked}, of which no row is asked`,
      );
    }
    for (const abi of own) jobs.push({ abi, commands: [[...command, ...headersOf(abi).flags]] });
  }
  return jobs;
}

function candidatesOf(abi: Abi): (readonly string[])[] {
  const { libc, flags } = headersOf(abi);
  const zig = ZIG_TARGETS[`${abi.arch}-${libc}`];
  const commands = [...(CANDIDATES[`${abi.arch}-${libc}`] ?? []), ...(zig ? [`zig cc -target ${zig}`] : [])];
  return commands.map((command) => [...command.split(' '), ...flags]);
}

/** The libc whose headers a row's are, and the flags that ask them for it: `glibc-t64` is glibc with another time_t. */
function headersOf({ libc }: Abi): { libc: string; flags: readonly string[] } {
  const variant = Object.keys(VARIANTS).find((name) => libc.endsWith(`-${name}`));
  if (variant === undefined) return { libc, flags: [] };
  return { libc: libc.slice(0, -variant.length - 1), flags: VARIANTS[variant] ?? [] };
}

async function compare(codec: CodecInstance, abi: Abi, commands: Job['commands'], ask: Ask): Promise<Verdict> {
  const facts = factsOf(structsOf(codec, abi.id), cmsgOf(codec, abi.id), numbersOf(codec, abi.id));
  const obstacles: string[] = [];
  for (const command of commands) {
    try {
      const answers = await ask(
        command,
        facts.map(({ expression }) => expression),
      );
      const obstacle = otherAbi(abi, answers);
      if (obstacle === undefined) return verdictOn(command, abi, facts, answers);
      obstacles.push(`${command[0]} ${obstacle}`);
    } catch (error) {
      if (!(error instanceof Unavailable || error instanceof AncillaryError)) throw error;
      if (!(error instanceof NoProgram)) obstacles.push(error.message);
    }
  }
  if (commands.length === 0) return { state: 'not run', reason: 'no compiler for it is known; --cc names one' };
  const tried = commands.map((command) => command.join(' '));
  if (obstacles.length === 0) return { state: 'not run', reason: 'none of the compilers known for it is here', tried };
  return { state: 'not run', reason: [...new Set(obstacles)].join('; '), tried };
}

function otherAbi(abi: Abi, { arch, libc }: Answers): string | undefined {
  if (libc === 'unknown') return 'finds no headers of a C library that is known';
  return arch === abi.arch && libc === headersOf(abi).libc ? undefined : `compiles for ${arch}-${libc}`;
}

function verdictOn(command: readonly string[], abi: Abi, facts: readonly Fact[], answers: Answers): Verdict {
  let missing: readonly string[] = [];
  const verdict = verdictOf((count) => {
    same('the byte order', abi.endian, answers.endian, count);
    missing = compareFacts(facts, answers.values, count);
  });
  if (verdict.state !== 'agrees') return verdict;
  const notes = missing.length > 0 ? [`its headers do not have ${missing.join(', ')}`] : [];
  return { ...verdict, by: command.join(' '), notes };
}

/** As many at a time as there are processors. */
async function inParallel<T>(jobs: readonly T[], work: (job: T) => Promise<void>): Promise<void> {
  const waiting = [...jobs];
  const worker = async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) await work(job);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}
