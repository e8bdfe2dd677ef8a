import { type Command, InvalidArgumentError, Option } from 'commander';
import { didYouMean } from '../../check/suggest.js';
import { CHECKS, KINDS, ROOM_NAMES } from '../../museum/names.js';

const STATUS = '129, 130 and 143 after SIGHUP, SIGINT and SIGTERM.';
const list = (rows: readonly (readonly [string, string])[]) =>
  rows.map(([name, text]) => `  ${name.padEnd(15)} ${text}`).join('\n');

/** Loaded when they are asked for: other commands start without the museum. */
const actions = () => import('../museum/commands.js');

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
    .addOption(oneOf('--room <room>', 'only this room, by letter or name', roomNames(), (text) => text, roomsShown()))
    .addOption(
      oneOf('--check <check>', 'only those that this check finds', Object.keys(CHECKS), (text) => text.toUpperCase()),
    )
    .addOption(
      oneOf('--kind <kind>', 'only those that can be tried so', Object.keys(KINDS), (text) => text.toLowerCase()),
    )
    .option('--json', 'as one JSON array')
    .addHelpText('after', helpOfList())
    .action(async (text, options) => (await actions()).listExhibits(text, options));
  museum
    .command('show')
    .summary('tell one bug, with the bytes that show it')
    .description('Tells a bug: its story, the bytes that show it, and what a program with it and one without believe.')
    .argument('<id>', 'as `ancillary museum` lists them')
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
    .action(async (id, options, command) => (await actions()).showExhibit(id, options, command));
  museum
    .command('run')
    .summary('try bugs: the simulation, and the calls on this kernel')
    .description(
      'Tries bugs: bytes on a program with the bug and one without, and calls on real sockets of this machine.',
    )
    .argument('[ids...]', 'as `ancillary museum` lists them')
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
    .action(async (ids, options, command) => (await actions()).runExhibits(ids, options, command));
  museum
    .command('search', { hidden: true })
    .argument('<seeds>')
    .argument('[ids...]')
    .action(async (seeds: string, ids: string[]) => (await import('../museum/search.js')).searchAll(seeds, ids));
}

function helpOfList(): string {
  return `
Columns: id, year, project, how it can be tried, what finds it, title. Rooms:
${list(ROOM_NAMES.map(({ letter, name, title }) => [`${letter} ${name}`, title] as const))}
What finds them:
${list(Object.entries(CHECKS))}
How they can be tried:
${list(Object.entries(KINDS))}

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
  return ROOM_NAMES.flatMap(({ letter, name }) => [letter, letter.toLowerCase(), name]);
}

/** `A truncation, B descriptors`: each once. */
function roomsShown(): string {
  return ROOM_NAMES.map(({ letter, name }) => `${letter} ${name}`).join(', ');
}

/** An option with one of these values. */
function oneOf(
  flags: string,
  description: string,
  known: readonly string[],
  written: (text: string) => string,
  shown = known.join(', '),
): Option {
  return new Option(flags, description).argParser((text) => {
    if (known.includes(written(text))) return written(text);
    const guess = didYouMean(text, known).replace('; did', 'Did');
    throw new InvalidArgumentError(guess || `There are ${shown}.`);
  });
}
