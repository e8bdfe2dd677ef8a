import { type Command, InvalidArgumentError, Option } from 'commander';
import { abis, dialects, type Layout, layout } from '../../codec.js';
import { columns } from '../../view/columns.js';
import { answerEncode, answerParse, answerWalk } from '../answers.js';
import { answerLines } from '../json-lines.js';
import { printJson, printLines } from '../output.js';
import { withTexts } from '../texts.js';

const LINES_HELP = `
Reads JSON Lines from FILE (-: standard input) and answers each line with one line, in order; a bad line is answered
with {"error": "..."} and does not stop the others. A line holds no names but those below. Lines end in LF or CRLF; the
text is UTF-8, or UTF-16 if a byte order mark says so.`;
const LINES_STATUS = `
Exit status: 0 when every line was answered, 1 when FILE cannot be read or the output not written, 2 for wrong usage,
129, 130 and 143 after SIGHUP, SIGINT and SIGTERM.`;
const TABLE_STATUS = `
Exit status: 0 when all was printed, 1 when the output cannot be written, 2 for wrong usage.`;

/** Adds the commands that need no socket: they work on every system. */
export function addCodecCommands(program: Command): void {
  const abiOption = () =>
    new Option('--abi <id>', 'ABI, as `ancillary abis` lists them').makeOptionMandatory().argParser(knownAbi);

  program
    .command('abis')
    .summary('list the ABIs')
    .description('Lists the ABIs whose control messages are known, and what proves each.')
    .option('--json', 'as one JSON array')
    .addHelpText(
      'after',
      `
The columns, and the members in JSON: id, as --abi takes it; arch; libc; os; word, the bytes of a pointer; endian;
dialect, the walk of that libc; proof, executed (a compiler's program ran), compiled (and was only looked at) or
document; source, which compiler and headers, or where the document is.

Examples:
  ancillary abis
  ancillary abis --json
${TABLE_STATUS}`,
    )
    .action(({ json }) => printRows(withTexts('abis', abis()), json));

  program
    .command('dialects')
    .summary('list the walks')
    .description('Lists the walks: what CMSG_FIRSTHDR and CMSG_NXTHDR of each implementation do.')
    .option('--json', 'as one JSON array')
    .addHelpText(
      'after',
      `
The columns, and the members in JSON: id, as --dialect takes it; summary, what is peculiar; source, where it is written.

Examples:
  ancillary dialects
  ancillary dialects --json
${TABLE_STATUS}`,
    )
    .action(({ json }) => printRows(withTexts('walks', dialects()), json));

  program
    .command('layout')
    .summary('show where everything lies on an ABI')
    .description('Shows offsets and sizes of struct msghdr, cmsghdr and iovec, and what CMSG_LEN and CMSG_SPACE give.')
    .addOption(abiOption())
    .option('--json', 'as one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  ancillary layout --abi x86_64-glibc
  ancillary layout --abi x86_64-freebsd --json
${TABLE_STATUS}`,
    )
    .action(({ abi, json }) => (json ? printJson(layout(abi)) : printLines(drawLayout(layout(abi)))));

  program
    .command('encode')
    .summary('encode control messages for an ABI')
    .description('Encodes control buffers of any ABI, byte for byte as its C macros would.')
    .argument('[file]', 'where to read lines from', '-')
    .addOption(abiOption())
    .addHelpText(
      'after',
      `${LINES_HELP}

A line:    {"messages":[{"level":1,"type":1,"data":"03000000"}],"fill":0,"tight":false}
           Instead of level, type and data: {"fds":[3,4]}, {"credentials":{"pid":1,"uid":0,"gid":0}}.
           fill: what every byte holds that no field and no payload covers; tight: without the last padding.
Its answer: {"control":"<hexadecimal>","offsets":[0]}

Examples:
  echo '{"messages":[{"fds":[3,4]}]}' | ancillary encode --abi x86_64-glibc
  ancillary encode --abi x86_64-musl messages.jsonl | ancillary walk --abi x86_64-glibc
${LINES_STATUS}`,
    )
    .action((file, { abi }) => answerLines(file, (question) => answerEncode(abi, question)));

  program
    .command('walk')
    .summary('walk a control buffer as a libc does')
    .description(
      'Tells which headers CMSG_FIRSTHDR and CMSG_NXTHDR, a kernel or a runtime would find in a control buffer.',
    )
    .argument('[file]', 'where to read lines from', '-')
    .addOption(abiOption())
    .addOption(
      new Option('--dialect <id>', 'walk, as `ancillary dialects` lists them; default: of the ABI’s libc').argParser(
        knownDialect,
      ),
    )
    .addHelpText(
      'after',
      `${LINES_HELP}

A line:    {"control":"<hexadecimal>","controllen":40}
Its answer: {"headers":[{"offset":0,"len":20,"level":1,"type":1}],"end":"end","at":0}
           end: "end" (NULL), "loop" (the same header again), "back" (an earlier one), "escape" (one not wholly inside
           controllen), "reject" (one that is refused); at: the offset of that header, or of the last one visited at
           an "end"; reason, of a "reject": "EINVAL" (the call fails), "panic", "dropped" (this message and those behind
           it), "clipped" (this is the last one, cut to the room).
           Lengths beyond 2^53 are strings, "0x...".
A line may be an answer of encode: its offsets are not looked at.

Examples:
  echo '{"control":"140000000000000001000000010000000300000000000000"}' | ancillary walk --abi x86_64-glibc
  ancillary walk --abi x86_64-glibc --dialect musl-1.2 controls.jsonl
${LINES_STATUS}`,
    )
    .action((file, { abi, dialect }) => answerLines(file, (question) => answerWalk(abi, dialect, question)));

  program
    .command('parse')
    .summary('read a control buffer strictly')
    .description('Reads control buffers of any ABI as a careful receiver does: every message must lie inside.')
    .argument('[file]', 'where to read lines from', '-')
    .addOption(abiOption())
    .addHelpText(
      'after',
      `${LINES_HELP}

A line:    {"control":"<hexadecimal>"}
Its answer: {"messages":[{"offset":0,"level":1,"type":1,"data":"03000000","fds":[3]}],"trailing":0}
A line may be an answer of encode: its offsets are not looked at.

Examples:
  echo '{"control":"140000000000000001000000010000000300000000000000"}' | ancillary parse --abi x86_64-glibc
  ancillary parse --abi x86_64-freebsd controls.jsonl
${LINES_STATUS}`,
    )
    .action((file, { abi }) => answerLines(file, (question) => answerParse(abi, question)));
}

function knownAbi(id: string): string {
  return knownId(abis(), id, 'abis');
}

function knownDialect(id: string): string {
  return knownId(dialects(), id, 'dialects');
}

function knownId(rows: { id: string }[], id: string, command: string): string {
  if (rows.some((row) => row.id === id)) return id;
  throw new InvalidArgumentError(`\`ancillary ${command}\` lists those that are known.`);
}

function printRows(rows: object[], json: boolean): Promise<void> {
  if (json) return printJson(rows);
  const names = Object.keys(rows[0] ?? {});
  const cells = rows.map((row) => Object.values(row) as (string | number)[]);
  return printLines(columns([names, ...cells]));
}

function drawLayout({ structs, cmsg }: Layout): string[] {
  const drawings = Object.entries(structs).flatMap(([name, struct]) =>
    struct === 'absent'
      ? [`struct ${name}: absent`, '']
      : [
          `struct ${name}, ${struct.size} bytes, aligned to ${struct.align}`,
          ...columns(
            Object.entries(struct.fields).map(([field, { offset, size }]) => [offset, field, `${size} bytes`]),
            '  ',
          ),
          '',
        ],
  );
  if (cmsg === 'absent') return [...drawings, 'no control messages'];
  const sizes = Object.keys(cmsg.LEN).map((n) => [Number(n), cmsg.LEN[n] as number, cmsg.SPACE[n] as number]);
  return [
    ...drawings,
    `CMSG_ALIGN to ${cmsg.align}, CMSG_DATA at ${cmsg.data}`,
    ...columns([['n', 'CMSG_LEN(n)', 'CMSG_SPACE(n)'], ...sizes], '  '),
  ];
}
