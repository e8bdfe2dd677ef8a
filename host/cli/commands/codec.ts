import { type Command, InvalidArgumentError, Option } from 'commander';
import { abis, type ControlMessage, dialects, encode, type Layout, layout, parse, walk } from '../../codec.js';
import { invalidArgument } from '../../errors/error.js';
import { bytesOfHex, hexOfBytes } from '../../model/hex.js';
import { columns } from '../../view/columns.js';
import { answerLines } from '../json-lines.js';
import { printJson, printLines } from '../output.js';

const LINES_HELP = `
Reads JSON Lines from FILE (-: standard input) and answers each line with one line, in order; a bad line is answered
with {"error": "..."} and does not stop the others. Lines end in LF or CRLF; the text is UTF-8, or UTF-16 if a byte order
mark says so.
Exit status: 0 when every line was answered, 1 when FILE cannot be read or the output not written, 2 for wrong usage.`;

/** Adds the commands that need no socket: they work on every system. */
export function addCodecCommands(program: Command): void {
  const abiOption = () =>
    new Option('--abi <id>', 'ABI, as `ancillary abis` lists them').makeOptionMandatory().argParser(knownAbi);

  program
    .command('abis')
    .summary('list the ABIs')
    .description('Lists the ABIs whose control messages are known, and what proves each.')
    .option('--json', 'as one JSON array')
    .action(({ json }) => (json ? printJson(abis()) : printTable(abis())));

  program
    .command('dialects')
    .summary('list the walks')
    .description('Lists the walks: what CMSG_FIRSTHDR and CMSG_NXTHDR of each implementation do.')
    .option('--json', 'as one JSON array')
    .action(({ json }) => (json ? printJson(dialects()) : printTable(dialects())));

  program
    .command('layout')
    .summary('show where everything lies on an ABI')
    .description('Shows offsets and sizes of struct msghdr, cmsghdr and iovec, and what CMSG_LEN and CMSG_SPACE give.')
    .addOption(abiOption())
    .option('--json', 'as one JSON object')
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
Its answer: {"control":"<hexadecimal>","offsets":[0]}`,
    )
    .action((file, { abi }) => answerLines(file, (question) => answerEncode(abi, question)));

  program
    .command('walk')
    .summary('walk a control buffer as a libc does')
    .description('Tells which headers CMSG_FIRSTHDR and CMSG_NXTHDR would hand out for a control buffer.')
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
           controllen); at: the offset of that header, or of the last one visited at an "end".
           Lengths beyond 2^53 are strings, "0x...".`,
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
Its answer: {"messages":[{"offset":0,"level":1,"type":1,"data":"03000000","fds":[3]}],"trailing":0}`,
    )
    .action((file, { abi }) => answerLines(file, (question) => answerParse(abi, question)));
}

function answerEncode(abi: string, { messages, fill, tight }: Record<string, unknown>): unknown {
  if (!Array.isArray(messages)) throw invalidArgument('messages must be a list');
  if (tight !== undefined && typeof tight !== 'boolean') throw invalidArgument('tight must be true or false');
  const decoded = messages.map((message, i) => {
    const isRaw = typeof message === 'object' && message !== null && ('data' in message || 'level' in message);
    return isRaw ? { ...message, data: bytesOfHex(message.data, `messages[${i}].data`) } : message;
  });
  const options = { ...(fill === undefined ? {} : { fill: fill as number }), tight: tight ?? false };
  const { control, offsets } = encode(abi, decoded as ControlMessage[], options);
  return { control: hexOfBytes(control), offsets };
}

function answerWalk(
  abi: string,
  dialect: string | undefined,
  { control, controllen }: Record<string, unknown>,
): unknown {
  return walk(abi, bytesOfHex(control, 'control'), {
    ...(dialect === undefined ? {} : { dialect }),
    ...(controllen === undefined ? {} : { controllen: controllen as number }),
  });
}

function answerParse(abi: string, { control }: Record<string, unknown>): unknown {
  const { messages, ...rest } = parse(abi, bytesOfHex(control, 'control'));
  return { messages: messages.map((message) => ({ ...message, data: hexOfBytes(message.data) })), ...rest };
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

function printTable(rows: object[]): Promise<void> {
  const names = Object.keys(rows[0] ?? {});
  const cells = rows.map((row) => Object.values(row) as (string | number)[]);
  return printLines(columns([names, ...cells]));
}

function drawLayout({ msghdr, cmsghdr, iovec, cmsg }: Layout): string[] {
  const structs = Object.entries({ msghdr, cmsghdr, iovec }).flatMap(([name, struct]) => [
    `struct ${name}, ${struct.size} bytes, aligned to ${struct.align}`,
    ...columns(
      Object.entries(struct.fields).map(([field, { offset, size }]) => [offset, field, `${size} bytes`]),
      '  ',
    ),
    '',
  ]);
  const sizes = Object.keys(cmsg.LEN).map((n) => [Number(n), cmsg.LEN[n] as number, cmsg.SPACE[n] as number]);
  return [
    ...structs,
    `CMSG_ALIGN to ${cmsg.align}, CMSG_DATA at ${cmsg.data}`,
    ...columns([['n', 'CMSG_LEN(n)', 'CMSG_SPACE(n)'], ...sizes], '  '),
  ];
}
