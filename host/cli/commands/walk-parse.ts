import type { Command } from 'commander';
import type { DumpFormat } from '../../model/dump/formats.js';
import { hexOfBytes } from '../../model/hex.js';
import { answerParse, answerWalk } from '../answers.js';
import { DUMP_HELP, describeDump, dumpOf } from '../dump.js';
import { abiOption, dialectOption, formatOption } from '../ids.js';
import { looksLikeJson, openInput } from '../input.js';
import { answerLines, LINES_HELP } from '../json-lines.js';
import { printJson } from '../output.js';

type Format = DumpFormat | 'auto' | 'json';
type Answer = (question: Record<string, unknown>) => unknown;

const INPUT_HELP = `
Reads JSON Lines, or one dump: what begins with {" or {}, and what is empty, is JSON Lines, anything else a dump. A
script says --format json, so that also a bad first line is answered as a line. A dump is answered with one line, which
has "dump" besides: source, format, reading and bytes.`;
const STATUS = `
Exit status: 0 when all was answered, 1 when INPUT cannot be read or the output cannot be written, 2 for wrong usage
and for text that is no dump, 129, 130 and 143 after SIGHUP, SIGINT and SIGTERM.`;

/** Adds the two commands that read control buffers for scripts. */
export function addWalkAndParseCommands(program: Command): void {
  program
    .command('walk')
    .summary('walk a control buffer as a libc does')
    .description(
      'Tells which headers CMSG_FIRSTHDR and CMSG_NXTHDR, a kernel or a runtime would find in a control buffer.',
    )
    .argument('[input]', 'a file, - or the text of JSON Lines or a dump', '-')
    .addOption(abiOption().makeOptionMandatory())
    .addOption(dialectOption())
    .addOption(formatOption('json'))
    .addHelpText(
      'after',
      `${INPUT_HELP}
${LINES_HELP}

A line:    {"control":"<hexadecimal>","controllen":40}
Its answer: {"headers":[{"offset":0,"len":20,"level":1,"type":1}],"end":"end","at":0}
           end: "end" (NULL), "loop" (the same header again), "back" (an earlier one), "escape" (one not wholly inside
           controllen), "reject" (one that is refused); at: the offset of that header, or of the last one visited at
           an "end"; reason, of a "reject": "EINVAL" (the call fails), "panic", "dropped" (this message and those behind
           it), "clipped" (this is the last one, cut to the room).
           Lengths beyond 2^53 are strings, "0x...".
A line may be an answer of encode: its offsets are not looked at.
${DUMP_HELP}

Examples:
  echo '{"control":"140000000000000001000000010000000300000000000000"}' | ancillary walk --abi x86_64-glibc
  ancillary walk --abi x86_64-glibc '14 00 00 00 00 00 00 00  01 00 00 00 01 00 00 00  03 00 00 00'
  ancillary walk --abi x86_64-glibc --dialect musl-1.2 --format json controls.jsonl
${STATUS}`,
    )
    .action((input, { abi, dialect, format }, command) =>
      answerControls(command, input, abi, format, (question) => answerWalk(abi, dialect, question)),
    );

  program
    .command('parse')
    .summary('read a control buffer strictly')
    .description('Reads control buffers of any ABI as a careful receiver does: every message must lie inside.')
    .argument('[input]', 'a file, - or the text of JSON Lines or a dump', '-')
    .addOption(abiOption().makeOptionMandatory())
    .addOption(formatOption('json'))
    .addHelpText(
      'after',
      `${INPUT_HELP}
${LINES_HELP}

A line:    {"control":"<hexadecimal>"}
Its answer: {"messages":[{"offset":0,"level":1,"type":1,"data":"03000000","fds":[3]}],"trailing":0}
A line may be an answer of encode: its offsets are not looked at.
${DUMP_HELP}

Examples:
  echo '{"control":"140000000000000001000000010000000300000000000000"}' | ancillary parse --abi x86_64-glibc
  ancillary parse --abi x86_64-glibc '14 00 00 00 00 00 00 00  01 00 00 00 01 00 00 00  03 00 00 00'
  ancillary parse --abi x86_64-freebsd --format json controls.jsonl
${STATUS}`,
    )
    .action((input, { abi, format }, command) =>
      answerControls(command, input, abi, format, (question) => answerParse(abi, question)),
    );
}

/** Answers every line of JSON Lines, or a dump as if it were one. */
async function answerControls(
  command: Command,
  argument: string,
  abiId: string,
  format: Format,
  answer: Answer,
): Promise<void> {
  const given = openInput(argument, format !== 'auto' && format !== 'json');
  if (format === 'json') return answerLines(given.chunks, answer);
  const { isJson, input } = format === 'auto' ? await looksLikeJson(given) : { isJson: false, input: given };
  if (isJson) return answerLines(input.chunks, answer);
  const dump = await dumpOf(command, input, argument, abiId, format);
  const answered = answer({ control: hexOfBytes(dump.bytes) }) as object;
  await printJson({ ...answered, dump: describeDump(dump) });
}
