import type { Command } from 'commander';
import { betweenOption, pathName, peerOptions, timeoutOption } from '../fuzz/options.js';
import { abiOption } from '../ids.js';

const RECORD = `
Target, ABI, walks and timeout are those of the .json file beside FILE, which \`ancillary fuzz\` has saved with it, or
those of the options. The target is run, and what a module or a command does is done: replay only what you trust.`;

/** Adds `ancillary fuzz replay` and `ancillary fuzz minimize`. */
export function addFindingCommands(fuzz: Command, version: string): void {
  add('replay', 'FILE')
    .summary('try an input again')
    .description('Tries a target with the bytes of a file, and says what is wrong.')
    .option('--json', 'as one JSON object')
    .addHelpText(
      'after',
      `${RECORD}
What a target writes to standard output and error is shown.

In JSON: found (false when nothing is wrong), class, cause, target, abi, between, bytes, input, details, expected (the
class that was found before).

Examples:
  ancillary fuzz replay ancillary-findings/module-throw-rangeerror-parser.js-3-9-0a1b2c3d.bin
  ancillary fuzz replay crash-input --target module:./parser.js --json

Exit status: 0 when nothing was wrong this time, 1 when it was found again, also as another class, 2 for wrong usage and
bad input, 129, 130 and 143 after SIGHUP, SIGINT and SIGTERM.`,
    )
    .action(async (file, options) => (await import('../fuzz/replay.js')).replay(file, options, version));
  add('minimize', 'FILE')
    .summary('make an input smaller')
    .description('Makes the bytes of a file as few and as plain as they still show the same class of finding.')
    .option('--output <file>', 'where the smaller input goes; default: FILE with .min behind its name', pathName)
    .option('--json', 'as one JSON object')
    .addHelpText(
      'after',
      `${RECORD}
Messages are left out, payloads shortened, bytes left out, then cleared and lowered, as long as the class stays. FILE
itself is not changed. A hang is left as it is.

In JSON: class, cause, target, abi, file (of the smaller input), bytes, before (bytes of FILE), input.

Examples:
  ancillary fuzz minimize crash-input --target module:./parser.js
  ancillary fuzz minimize crash-input --target module:./parser.js --output smaller.bin

Exit status: 0 when the smaller input was written, 1 when the output cannot be, 2 for wrong usage, bad input, and an
input with which nothing is wrong, 129, 130 and 143 after SIGHUP, SIGINT and SIGTERM.`,
    )
    .action(async (file, options) => (await import('../fuzz/minimize.js')).minimizeFile(file, options, version));

  function add(name: string, argument: string): Command {
    const command = fuzz
      .command(name)
      .argument('<file>', `${argument}: the bytes of an input`)
      .option('--target <target>', 'what is tried, as `ancillary fuzz targets` lists it')
      .addOption(abiOption('; default: that of the finding, or this machine’s'))
      .addOption(betweenOption())
      .option('--against <id>', 'a bug of the museum (dialects)')
      .addOption(timeoutOption());
    for (const option of peerOptions()) command.addOption(option);
    return command;
  }
}
