import type { Command } from 'commander';
import { abis, dialects } from '../../codec.js';
import { columns } from '../../view/columns.js';
import { answerEncode } from '../answers.js';
import { abiOption } from '../ids.js';
import { openFile } from '../input.js';
import { answerLines, LINES_HELP, LINES_STATUS } from '../json-lines.js';
import { printJson, printLines } from '../output.js';
import { withTexts } from '../texts.js';

const TABLE_STATUS = `
Exit status: 0 when all was printed, 1 when the output cannot be written, 2 for wrong usage.`;

/** Adds the commands that need no socket: they work on every system. */
export function addCodecCommands(program: Command): void {
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
    .command('encode')
    .summary('encode control messages for an ABI')
    .description('Encodes control buffers of any ABI, byte for byte as its C macros would.')
    .argument('[file]', 'where to read lines from', '-')
    .addOption(abiOption().makeOptionMandatory())
    .addHelpText(
      'after',
      `
Reads JSON Lines from FILE (-: standard input).${LINES_HELP}

A line:    {"messages":[{"level":1,"type":1,"data":"03000000"}],"fill":0,"tight":false}
           Instead of level, type and data: {"fds":[3,4]}, {"credentials":{"pid":1,"uid":0,"gid":0}}.
           fill: what every byte holds that no field and no payload covers; tight: without the last padding.
Its answer: {"control":"<hexadecimal>","offsets":[0]}

Examples:
  echo '{"messages":[{"fds":[3,4]}]}' | ancillary encode --abi x86_64-glibc
  ancillary encode --abi x86_64-musl messages.jsonl | ancillary walk --abi x86_64-glibc
${LINES_STATUS}`,
    )
    .action((file, { abi }) => answerLines(openFile(file).chunks, (question) => answerEncode(abi, question)));
}

function printRows(rows: object[], json: boolean): Promise<void> {
  if (json) return printJson(rows);
  const names = Object.keys(rows[0] ?? {});
  const cells = rows.map((row) => Object.values(row) as (string | number)[]);
  return printLines(columns([names, ...cells]));
}
