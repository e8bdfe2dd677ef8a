import type { Command } from 'commander';
import { abis, dialects, payloads } from '../../codec.js';
import { columns } from '../../view/columns.js';
import { answerEncode } from '../answers.js';
import { abiOption } from '../ids.js';
import { openFile } from '../input.js';
import { answerLines, LINES_HELP, LINES_STATUS } from '../json-lines.js';
import { machineAbi } from '../machine.js';
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
    .command('payloads')
    .summary('list the control messages that are known')
    .description('Lists what control messages of an ABI carry: what `encode` takes and `parse` answers by name.')
    .addOption(abiOption())
    .option('--json', 'as one JSON array')
    .addHelpText(
      'after',
      `
The columns, and the members in JSON: key, by which messages name it, {"KEY":VALUE} (empty: only its name is known, and
its bytes are passed on); level and type, as headers call them, and their numbers; direction; size in bytes, the least
where there may be more; members, as C declares them; in JSON also kinds, what each member is: fd, pid, uid, gid,
in_addr, in6_addr, number, struct. A message of one member has that for its value, others have an object. Integers
beyond 2^53 are texts, "0x..."; addresses are texts as well, in_addr "127.0.0.1" and in6_addr "::1". Without --abi, of
this machine's.

Examples:
  ancillary payloads
  ancillary payloads --abi x86_64-freebsd --json
  echo '{"messages":[{"ttl":64},{"txtime":"0x20000000000001"}]}' | ancillary encode --abi x86_64-glibc
${TABLE_STATUS}`,
    )
    .action(({ abi = machineAbi(), json }) => {
      const rows = payloads(abi);
      if (json) return printJson(rows);
      return printRows(
        rows.map(({ members, kinds: _, numbers, ...row }) => ({
          ...row,
          numbers: numbers.join(' '),
          members: members.join('; '),
        })),
        false,
      );
    });

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
           Instead of level, type and data: {"fds":[3,4]}, {"credentials":{"pid":1,"uid":0,"gid":0}},
           and the others that \`ancillary payloads\` lists.
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
