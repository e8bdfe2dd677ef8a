import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { didYouMean } from '../../check/suggest.js';
import { hexOfBytes } from '../../model/hex.js';
import { CHECKS } from '../../museum/checks.js';
import type { CheckId, Exhibit } from '../../museum/exhibit.js';
import { findExhibit, KINDS, type Kind, kindsOf, roomOf, searchExhibits } from '../../museum/find.js';
import { EXHIBITS, ROOMS } from '../../museum/rooms.js';
import { draw } from '../drawing.js';
import { printJson, printLines } from '../output.js';

interface Options {
  room?: string;
  check?: CheckId;
  kind?: Kind;
  json?: true;
}

const STATUS = '129, 130 and 143 after SIGHUP, SIGINT and SIGTERM.';
const list = (rows: readonly (readonly [string, string])[]) =>
  rows.map(([name, text]) => `  ${name.padEnd(15)} ${text}`).join('\n');

/** Adds `ancillary museum` and what belongs to it. */
export function addMuseumCommand(program: Command): void {
  const museum = program
    .command('museum')
    .summary('real bugs of control messages, to look at and to try')
    .description('Lists documented bugs of control messages in real projects, by class.')
    .enablePositionalOptions()
    .helpCommand(false)
    .usage('[options] [TEXT] | show ID | run ID... | run --all')
    .argument('[text]', 'only those with this text in id, title, project or cause')
    .addOption(oneOf('--room <room>', 'only this room, by letter or name', roomNames(), (text) => text))
    .addOption(
      oneOf('--check <check>', 'only those that this check finds', Object.keys(CHECKS), (text) => text.toUpperCase()),
    )
    .addOption(oneOf('--kind <kind>', 'only those that can be tried so', KINDS, (text) => text.toLowerCase()))
    .option('--json', 'as one JSON array')
    .addHelpText('after', helpOfList())
    .action((text, options: Options) => listExhibits(text, options));
  museum
    .command('show')
    .summary('tell one bug, with the bytes that show it')
    .description('Tells a bug: its story, the bytes that show it, and what a program with it and one without believe.')
    .addArgument(new Argument('<id>', 'as `ancillary museum` lists them').argParser(exhibitOf))
    .option('--json', 'as one JSON object')
    .addHelpText(
      'after',
      `
The bytes are drawn as a strict reader sees them. Below stands what the program with the bug takes to be true, beside
what is; * marks what differs. What the kernel of this machine is asked by \`ancillary museum run\` stands last.

In JSON: id, title, project, year, link, room, cause, abi, checks and kinds as in the list; simulation with kind,
trigger (hexadecimal), buggy and right (lines), for a walk also walks, for a layout believed; replay with calls and
expected.

Examples:
  ancillary museum show C1
  ancillary museum show e5 --json

Exit status: 0 when it was told, 1 when the output cannot be written, 2 for wrong usage and an
unknown id, ${STATUS}`,
    )
    .action(showExhibit);
  museum
    .command('run')
    .summary('try bugs: the simulation, and the calls on this kernel')
    .description(
      'Tries bugs: bytes on a program with the bug and one without, and calls on real sockets of this machine.',
    )
    .addArgument(new Argument('[ids...]', 'as `ancillary museum` lists them').argParser(addExhibit))
    .option('--all', 'all of them')
    .option('--json', 'as one JSON object')
    .addHelpText(
      'after',
      `
✓: the bytes show the bug, those close to them do not, and the kernel answers its calls as the entry says. ✗: not so,
and what was otherwise is told. What this machine cannot be asked (sockets without IPv6, a kernel without io_uring) says
why and counts as skipped, not as wrong. Sockets stay on this machine, and nothing stays open.

In JSON: {"agrees":true,"tried":[{"id":"C1","title":"...","agrees":true,"simulation":{"kind":"builder",
"agrees":true},"replay":{"state":"agrees","told":["..."]}}],"skipped":0}; the states: agrees, differs (with expected),
skipped (with reason).

Examples:
  ancillary museum run C1 B1
  ancillary museum run --all

Exit status: 0 when all behave as their entries say, 1 when one does not or on an error, 2 for wrong usage and
an unknown id, ${STATUS}`,
    )
    .action(runExhibits);
  museum
    .command('search', { hidden: true })
    .argument('<seeds>')
    .argument('[ids...]')
    .action(async (seeds: string, ids: string[]) => (await import('../museum/search.js')).searchAll(seeds, ids));
}

function exhibitOf(id: string): Exhibit {
  try {
    return findExhibit(id);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message.replace(/^there is/, 'There is'));
  }
}

function addExhibit(id: string, before: Exhibit[] = []): Exhibit[] {
  const exhibit = exhibitOf(id);
  return before.includes(exhibit) ? before : [...before, exhibit];
}

function helpOfList(): string {
  return `
Columns: id, year, project, how it can be tried, what finds it, title. Rooms:
${list(ROOMS.map(({ letter, name, title }) => [`${letter} ${name}`, title] as const))}
What finds them:
${list(Object.entries(CHECKS))}
How they can be tried:
${list([
  ['walk', 'a walk with the bug beside the right one, over the same bytes'],
  ['layout', 'bytes of one ABI, read by the layout of another'],
  ['reader', 'what a program makes of what it receives'],
  ['builder', 'what becomes of the bytes that a program builds'],
  ['replay', 'calls on real sockets of this machine'],
])}

In JSON: id, title, project, year (where it is known), link, room, cause, abi, checks, kinds.

Examples:
  ancillary museum
  ancillary museum --room truncation --check CTR
  ancillary museum --kind replay --json
  ancillary museum musl

Exit status: 0 when it was listed, 1 when nothing is of that kind or the output cannot be written, 2 for wrong usage,
${STATUS}`;
}

function roomNames(): string[] {
  return ROOMS.flatMap(({ letter, name }) => [letter, letter.toLowerCase(), name]);
}

/** An option with one of these values. */
function oneOf(
  flags: string,
  description: string,
  known: readonly string[],
  written: (text: string) => string,
): Option {
  return new Option(flags, description).argParser((text) => {
    if (known.includes(written(text))) return written(text);
    const guess = didYouMean(text, known).replace('; did', 'Did');
    throw new InvalidArgumentError(guess || `There are ${known.join(', ')}.`);
  });
}

async function listExhibits(text: string | undefined, { room, check, kind, json }: Options): Promise<void> {
  const found = searchExhibits({ room, check, kind, text });
  if (found.length === 0) process.exitCode = 1;
  if (json) return printJson(found.map(describeExhibit));
  if (found.length === 0) return printLines([nothingFound(text)]);
  await draw((await import('../../museum/draw.js')).drawRooms(found));
}

function nothingFound(text: string | undefined): string {
  const guess = text === undefined ? '' : didYouMean(text, ['show', 'run', ...EXHIBITS.map(({ id }) => id)]);
  return `no bug of the museum is so${guess}`;
}

/** What JSON says of each in a list. */
function describeExhibit(exhibit: Exhibit) {
  const { id, title, project, year, link, cause, abi, checks } = exhibit;
  const room = roomOf(exhibit).name;
  return {
    id,
    title,
    project,
    ...(year !== undefined && { year }),
    link,
    room,
    cause,
    abi,
    checks,
    kinds: kindsOf(exhibit),
  };
}

async function showExhibit(exhibit: Exhibit, { json }: Options): Promise<void> {
  const { museumLab } = await import('../../museum/search.js');
  if (!json) return draw((await import('../../museum/draw.js')).drawExhibit(museumLab(), exhibit));
  const { simulate } = await import('../../museum/simulate.js');
  const { simulation, replay } = exhibit;
  const simulated = simulate(museumLab(), exhibit);
  await printJson({
    ...describeExhibit(exhibit),
    ...(simulation &&
      simulated && {
        simulation: {
          kind: simulation.kind,
          ...(simulation.kind === 'walk' && { walks: [simulation.buggy, simulation.right] }),
          ...(simulation.kind === 'layout' && { believed: simulation.believed }),
          trigger: hexOfBytes(simulated.trigger),
          buggy: simulated.buggy(simulated.trigger),
          right: simulated.right(simulated.trigger),
        },
      }),
    ...(replay && { replay }),
  });
}

async function runExhibits(named: Exhibit[], { all, json }: Options & { all?: true }, command: Command): Promise<void> {
  // Either names or all, and not neither.
  if (named.length > 0 === (all === true)) {
    command.error(`error: ${all ? '--all and ids exclude each other' : 'which bugs? Name them, or give --all'}`, {
      exitCode: 2,
    });
  }
  const { describeBehaviour, tryExhibit } = await import('../museum/run.js');
  const exhibits = all ? EXHIBITS : named;
  const tried = [];
  for (const exhibit of exhibits) {
    const behaviour = await tryExhibit(exhibit);
    tried.push(behaviour);
    if (!json) await printLines(describeBehaviour(behaviour));
  }
  const wrong = tried.filter(({ agrees }) => !agrees).length;
  const skipped = tried.filter(({ replay }) => replay?.state === 'skipped').length;
  if (wrong > 0) process.exitCode = 1;
  if (json) return printJson({ agrees: wrong === 0, tried, skipped });
  if (tried.length > 1)
    await printLines([`${tried.length - wrong} as they should be, ${wrong} not; ${skipped} not replayed here`]);
}
