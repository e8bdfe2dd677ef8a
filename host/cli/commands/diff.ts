import type { Command } from 'commander';
import { compareWalks } from '../../model/compare.js';
import { hexOfBytes } from '../../model/hex.js';
import { parseControl } from '../../model/parse.js';
import { cell } from '../../view/drawing.js';
import { drawOutcomes, drawStrict } from '../../view/walks.js';
import { codecInstance } from '../../wasm/instance.js';
import { draw } from '../drawing.js';
import { DUMP_HELP, describeDump, takeDump } from '../dump.js';
import { abiOption, formatOption, MACHINE } from '../ids.js';
import { machineAbi } from '../machine.js';
import { printJson } from '../output.js';

interface DiffOptions {
  abi?: string;
  format: 'auto';
  json?: true;
}

/** Adds `ancillary diff`. */
export function addDiffCommand(program: Command): void {
  program
    .command('diff')
    .summary('compare how all walks go through the same bytes')
    .description('Tells how every walk goes through one control buffer, and where they part.')
    .argument('[input]', 'a file, - or the text of a dump', '-')
    .addOption(abiOption(MACHINE))
    .addOption(formatOption())
    .option('--json', 'as one JSON object')
    .addHelpText(
      'after',
      `${DUMP_HELP}

Walks that hand out the same headers and end alike stand together: first those that do not do what the ABI's own walk
does, the fewest first, last those that do. In JSON: abi, dump (source, format, reading, bytes), control, agree,
outcomes (dialects, offsets, end, at, reason, isOwn), trailing and problem of a strict reader.

Examples:
  ancillary diff --abi x86_64-glibc '10000000000000000100000001000000 1800000000000000 01000000 01000000'
  ancillary diff --abi x86_64-musl --json '[0,0,0,0, 0,0,0,0, 1,0,0,0, 1,0,0,0]'

Exit status: 0 when the walks were compared, whether they agree or not, 1 when INPUT cannot be read or the output not
written, 2 for wrong usage and for text that is no dump, 129, 130 and 143 after SIGHUP, SIGINT and SIGTERM.`,
    )
    .action(diff);
}

async function diff(argument: string, options: DiffOptions, command: Command): Promise<void> {
  const { abi = machineAbi(), format, json } = options;
  const dump = await takeDump(command, argument, abi, format);
  const codec = codecInstance();
  const outcomes = compareWalks(codec, abi, dump.bytes);
  const strict = parseControl(codec, abi, dump.bytes);
  if (json) {
    const { trailing, problem } = strict;
    const control = hexOfBytes(dump.bytes);
    await printJson({
      abi,
      dump: describeDump(dump),
      control,
      agree: outcomes.length === 1,
      outcomes,
      trailing,
      ...(problem === undefined ? {} : { problem }),
    });
    return;
  }
  await draw([
    {
      title: [cell(`${abi}, ${dump.bytes.length} bytes from ${dump.source}, read as ${dump.reading}`, 'title')],
      rows: [],
    },
    ...drawOutcomes(outcomes, abi),
    drawStrict(strict),
  ]);
}
