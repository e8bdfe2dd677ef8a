import { fileURLToPath } from 'node:url';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { didYouMean } from '../../check/suggest.js';
import { findAbi, listAbis, listDialects } from '../../model/rows.js';
import type { Subject, Verdict } from '../../oracle/answer.js';
import { askAll } from '../../oracle/ask-all.js';
import { ORACLES } from '../../oracle/oracles.js';
import { sendForStrace } from '../../oracle/strace/send.js';
import { codecInstance } from '../../wasm/instance.js';
import { drawCheck, type Paint } from '../check-table.js';
import { atEnd } from '../lifetime.js';
import { print, printJson } from '../output.js';
import { ProgressLine } from '../progress.js';

/** Beside the folder that the command was built into; the npm package has none. */
const VECTORS = fileURLToPath(new URL('../tests/vectors', import.meta.url));
const COLOURS: Record<Verdict['state'], string> = { agrees: '32', differs: '31', document: '33', 'not run': '2' };

interface Options {
  abi?: string[];
  oracle?: string[];
  cc?: string[];
  json?: boolean;
}

/** Adds `ancillary check`, and the hidden command that strace watches. */
export function addCheckCommand(program: Command): void {
  const names = ORACLES.map(({ name }) => name);
  program
    .command('check')
    .summary('compare the rows with what this machine says')
    .description(
      'Compares every ABI row and every walk with what this machine can say of them: its kernel, its compilers, its libc.',
    )
    .addOption(new Option('--abi <id...>', 'only these ABIs; default: all, and the walks').argParser(addAbi))
    .addOption(new Option('--oracle <name...>', 'ask only these').argParser(addOracle))
    .addOption(
      new Option('--cc <command>', 'ask this C compiler instead of those known by name; may be repeated').argParser(
        addWords,
      ),
    )
    .option('--json', 'as one JSON object')
    .addHelpText(
      'after',
      `
Who can be asked:
${ORACLES.map(({ name, summary }) => `  ${name.padEnd(8)} ${summary}`).join('\n')}

A line of the table is an ABI row or a walk. ✓: what was executed or compiled agrees; ✗: it does not, and the first
difference is told below; document: it agrees with what was retyped from a document, which is no proof; -: not run, and
why is told below. The last column is what it comes to: document, where nothing that was executed says anything.

Compilers only compile: numbers are read out of the object file, and nothing foreign is run. A command of --cc is split
at blanks, and its paths are from here; its object says which ABI it is for. Sockets stay on this machine. What needs a
permission that this process does not have (CAP_NET_RAW, CAP_NET_ADMIN) is left out, which is told. Under Node's
permission model compilers and strace need --allow-child-process and --allow-fs-write, kernel and libc --allow-addons.

In JSON: {"agrees":true,"oracles":["btf"],"rows":[{"kind":"abi","id":"x86_64-glibc","proof":"agrees",
"answers":{"btf":{"state":"agrees","facts":15}}}]}; the states: agrees, differs, document, not run.

On a terminal the state is shown in colour, unless NO_COLOR is set, and progress on standard error.

Examples:
  ancillary check
  ancillary check --abi x86_64-glibc i386-glibc --oracle btf kernel
  ancillary check --oracle cc --cc 'cc -O2'

Exit status: 0 when nothing differs, 1 when something does or on an error, 2 for wrong usage, 129, 130 and 143 after
SIGHUP, SIGINT and SIGTERM.`,
    )
    .action((options: Options) => check(options));
  program
    .command('check-sender', { hidden: true })
    .argument('<control...>')
    .action((controls: string[]) => sendForStrace(controls));

  function addOracle(name: string, before: string[] = []): string[] {
    if (names.includes(name)) return [...before, name];
    throw new InvalidArgumentError(
      `There is no such oracle${didYouMean(name, names) || `; there are ${names.join(', ')}`}.`,
    );
  }
}

async function check({ abi, oracle, cc = [], json }: Options): Promise<void> {
  const codec = codecInstance();
  const oracles = ORACLES.filter(({ name }) => oracle?.includes(name) ?? true);
  const progress = new ProgressLine();
  const clear = atEnd(() => progress.clear());
  const rows = await askAll(oracles, {
    codec,
    subjects: subjectsOf(abi),
    compilers: cc.map((command) => command.trim().split(/\s+/)),
    vectors: VECTORS,
    sender: [process.execPath, fileURLToPath(import.meta.url), 'check-sender', '--'],
    atEnd,
    progress: (text) => progress.say(text),
  });
  clear();
  const agrees = rows.every(({ proof }) => proof !== 'differs');
  const names = oracles.map(({ name }) => name);
  if (json) await printJson({ agrees, oracles: names, rows });
  else await print(`${drawCheck(rows, names, painter()).join('\n')}\n`);
  if (!agrees) process.exitCode = 1;
}

function subjectsOf(ids: readonly string[] | undefined): Subject[] {
  const codec = codecInstance();
  if (ids) return [...new Set(ids)].map((id) => ({ kind: 'abi', id }));
  return [
    ...listAbis(codec).map(({ id }): Subject => ({ kind: 'abi', id })),
    ...listDialects(codec).map(({ id }): Subject => ({ kind: 'walk', id })),
  ];
}

function painter(): Paint {
  const isColoured = process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  return isColoured ? (mark, state) => `\x1b[${COLOURS[state]}m${mark}\x1b[0m` : (mark) => mark;
}

/** The row's id, also where an older name of it was given. */
function addAbi(id: string, before: string[] = []): string[] {
  const codec = codecInstance();
  try {
    return [...before, listAbis(codec)[findAbi(codec, id)]?.id ?? id];
  } catch {
    throw new InvalidArgumentError('`ancillary abis` lists those that are known.');
  }
}

function addWords(command: string, before: string[] = []): string[] {
  if (command.trim() !== '') return [...before, command];
  throw new InvalidArgumentError('It must be the command of a compiler.');
}
