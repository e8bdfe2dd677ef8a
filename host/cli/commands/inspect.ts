import type { Command } from 'commander';
import { hexOfBytes } from '../../model/hex.js';
import { parseControl } from '../../model/parse.js';
import { findControlAbi, listAbis } from '../../model/rows.js';
import { walkControl } from '../../model/walk.js';
import { annotateControl } from '../../view/annotate.js';
import { drawControl } from '../../view/control.js';
import { cell } from '../../view/drawing.js';
import { drawStrict, drawWalk } from '../../view/walks.js';
import { codecInstance } from '../../wasm/instance.js';
import { answerParse } from '../answers.js';
import { draw } from '../drawing.js';
import { DUMP_HELP, describeDump, type GivenDump, takeDump } from '../dump.js';
import { abiOption, dialectOption, formatOption, MACHINE } from '../ids.js';
import { machineAbi } from '../machine.js';
import { printJson } from '../output.js';

interface InspectOptions {
  abi?: string;
  dialect?: string;
  format: 'auto';
  json?: true;
}

/** Adds `ancillary inspect`. */
export function addInspectCommand(program: Command): void {
  program
    .command('inspect')
    .summary('explain every byte of a control buffer')
    .description(
      'Explains every byte of a control buffer, as tools print it: fields, padding, payloads, what is wrong.',
    )
    .argument('[input]', 'a file, - or the text of a dump', '-')
    .addOption(abiOption(MACHINE))
    .addOption(dialectOption())
    .addOption(formatOption())
    .option('--json', 'as one JSON object')
    .addHelpText(
      'after',
      `${DUMP_HELP}

Each line has an offset, bytes, the field that they are, and what it says. Below stand what a strict reader makes of the
buffer, as \`ancillary parse\`, and what a walk does, as \`ancillary walk\`. At most 1,000 fields are drawn; JSON has all:
abi, dialect, dump (source, format, reading, bytes), control, fields (offset, size, role, label, meaning), messages,
trailing, problem, walk. Colours are used at a terminal, unless NO_COLOR is set; FORCE_COLOR asks for them elsewhere.

Examples:
  ancillary inspect --abi x86_64-glibc '14 00 00 00 00 00 00 00  01 00 00 00 01 00 00 00  03 00 00 00'
  ancillary inspect --abi powerpc-glibc --json '00000010 00000001 00000001 00000003'
  echo '[{cmsg_len=20, cmsg_level=0x1, cmsg_type=SCM_RIGHTS, cmsg_data=[3]}]' | ancillary inspect --abi x86_64-glibc
  strace -v -s 65536 -X raw -e sendmsg program 2>&1 | grep -m 1 cmsg_len | ancillary inspect

Exit status: 0 when the buffer was explained, whatever is wrong with it, 1 when INPUT cannot be read or the output not
written, 2 for wrong usage and for text that is no dump, 129, 130 and 143 after SIGHUP, SIGINT and SIGTERM.`,
    )
    .action(inspect);
}

async function inspect(argument: string, options: InspectOptions, command: Command): Promise<void> {
  const { abi = machineAbi(), format, json } = options;
  const dump = await takeDump(command, argument, abi, format);
  const dialect = options.dialect ?? ownDialect(abi);
  await (json ? printJson(tell(dump, abi, dialect)) : show(dump, abi, dialect));
}

function ownDialect(abi: string): string {
  const codec = codecInstance();
  return listAbis(codec)[findControlAbi(codec, abi)]?.dialect ?? '';
}

function show(dump: GivenDump, abi: string, dialect: string): Promise<void> {
  const codec = codecInstance();
  const { bytes, reading, source } = dump;
  return draw([
    { title: [cell(`${abi}, ${bytes.length} bytes from ${source}, read as ${reading}`, 'title')], rows: [] },
    ...(bytes.length > 0 ? [drawControl(codec, abi, bytes)] : []),
    drawStrict(parseControl(codec, abi, bytes)),
    drawWalk(dialect, walkControl(codec, abi, bytes, { dialect })),
  ]);
}

function tell(dump: GivenDump, abi: string, dialect: string) {
  const codec = codecInstance();
  const control = hexOfBytes(dump.bytes);
  const fields = annotateControl(codec, abi, dump.bytes).map(({ offset, bytes, role, label, meaning }) => ({
    offset,
    size: bytes.length,
    role,
    label,
    meaning,
  }));
  const strict = answerParse(abi, { control }) as object;
  const walk = walkControl(codec, abi, dump.bytes, { dialect });
  return { abi, dialect, dump: describeDump(dump), control, fields, ...strict, walk };
}
