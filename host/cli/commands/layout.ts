import type { Command } from 'commander';
import { layout } from '../../codec.js';
import type { Drawing } from '../../view/drawing.js';
import { drawLayouts, type NamedLayout } from '../../view/layouts.js';
import { printDrawing } from '../../view/terminal.js';
import { draw, terminalOptions } from '../drawing.js';
import { abisOption } from '../ids.js';
import { machineAbi } from '../machine.js';
import { jsonOf, printLines } from '../output.js';

/** Adds `ancillary layout`. */
export function addLayoutCommand(program: Command): void {
  program
    .command('layout')
    .summary('show where everything lies on ABIs')
    .description('Shows offsets and sizes of all structs, side by side, and what CMSG_LEN and CMSG_SPACE give.')
    .addOption(abisOption())
    .option('--json', 'as one JSON object for each ABI, a line each')
    .addHelpText(
      'after',
      `
A column for each ABI: what begins at an offset, a field or padding, and how many bytes it has. A struct that the
headers of an ABI do not declare is absent. What differs from the first ABI has a * behind it, and a colour at a
terminal, unless NO_COLOR is set (FORCE_COLOR asks for it elsewhere). A narrow terminal gets several tables, the first
ABI in each.
In JSON: abi; structs by name, each with size, align, fields (offset and size by name) and pads, or "absent"; cmsg with
align, data, LEN and SPACE by payload size, or "absent".

Examples:
  ancillary layout
  ancillary layout --abi x86_64-glibc,x86_64-musl,x86_64-freebsd
  ancillary layout --abi x86_64-freebsd --json

Exit status: 0 when all was printed, 1 when the output cannot be written, 2 for wrong usage.`,
    )
    .action(showLayouts);
}

async function showLayouts({ abi, json }: { abi?: string[]; json?: true }): Promise<void> {
  const layouts = (abi ?? [machineAbi()]).map((id) => ({ id, layout: layout(id) }));
  if (json) await printLines(layouts.map(({ id, layout }) => jsonOf({ abi: id, ...layout })));
  else await draw(drawFitting(layouts));
}

/** As many layouts beside each other as the terminal has room for, the first in each drawing. */
function drawFitting(layouts: readonly NamedLayout[]): Drawing {
  const [first, ...others] = layouts as [NamedLayout, ...NamedLayout[]];
  const { width = Number.POSITIVE_INFINITY } = terminalOptions();
  const drawing: Drawing = [];
  let done = 0;
  do {
    let count = others.length - done;
    const some = () => drawLayouts([first, ...others.slice(done, done + count)]);
    while (count > 1 && widthOf(some()) > width) count--;
    drawing.push(...some());
    done += Math.max(1, count);
  } while (done < others.length);
  return drawing;
}

function widthOf(drawing: Drawing): number {
  return Math.max(...printDrawing(drawing, { colour: false }).map((line) => line.length));
}
