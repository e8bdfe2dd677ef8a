import { type Command, Option } from 'commander';
import { pathName, seedOption, timeoutOption } from '../fuzz/options.js';
import { abiOption, MACHINE } from '../ids.js';
import { wholeNumber } from '../numbers.js';

/** Adds `ancillary fuzz merge` and `ancillary fuzz corpus`. */
export function addCorpusCommands(fuzz: Command): void {
  fuzz
    .command('merge')
    .summary('choose the inputs that are worth keeping')
    .description('Adds to the first folder, of the inputs in the others, the few that cover what is not covered there.')
    .argument('<dir...>', 'folders of inputs, the first of which gets more')
    .requiredOption('--target <target>', 'what is covered, as `ancillary fuzz targets` lists it')
    .option('--list', 'only say which files would be added')
    .addOption(timeoutOption())
    .addOption(abiOption(MACHINE))
    .option('--json', 'as one JSON object')
    .addHelpText(
      'after',
      `
No file is removed or changed: to make one folder smaller, merge it into a new one. Of inputs that cover the same the
shorter is chosen. A target that does not tell what one input covers, as module, gets every input that is not there yet.
An input that crashes the target, or hangs, is left out, which is told.

In JSON: added (files), before (inputs that the first folder had), others (different inputs in the other folders),
isDry.

Examples:
  ancillary fuzz merge smaller corpus --target dialects
  ancillary fuzz merge corpus from-laptop from-server --target codec --list

Exit status: 0 when the inputs were added or listed, 1 when the output cannot be written, 2 for wrong usage and bad
input, 129, 130 and 143 after SIGHUP, SIGINT and SIGTERM.`,
    )
    .action(async (folders, options) => (await import('../fuzz/merge.js')).mergeFolders(folders, options));
  fuzz
    .command('corpus')
    .summary('write inputs for other fuzzers')
    .description(
      'Writes control messages, well formed and hostile, as files for libFuzzer and AFL++, and a dictionary.',
    )
    .argument('<dir>', 'the folder that they are put into')
    .addOption(new Option('--format <format>', 'one input a file').choices(['libfuzzer']).default('libfuzzer'))
    .addOption(new Option('--count <n>', 'how many inputs').argParser(wholeNumber(1, 1_000_000)).default(1000))
    .addOption(seedOption())
    .addOption(abiOption(MACHINE))
    .option('--dictionary <file>', 'where the dictionary goes; default: DIR.dict', pathName)
    .addHelpText(
      'after',
      `
Each file is the content of msg_control. The dictionary holds levels, types and lengths of the ABI in its byte order. It
lies beside the folder and not in it, where every file is an input. A folder that is missing is made, and what is in it
stays. The same seed writes the same files.

Examples:
  ancillary fuzz corpus --count 500 --seed 1 ./seeds
  ancillary fuzz corpus --format libfuzzer --abi aarch64-musl ./seeds-aarch64

and then
  ./my-fuzzer -dict=seeds.dict corpus seeds
  afl-fuzz -i seeds -o out -x seeds.dict ./my-program

Exit status: 0 when all was written, 1 when the output cannot be, 2 for wrong usage and a folder or dictionary that
cannot be used or is full, 129, 130 and 143 after SIGHUP, SIGINT and SIGTERM.`,
    )
    // The engine's module is loaded by no other command.
    .action(async (folder, options) => (await import('../fuzz/corpus.js')).exportCorpus(folder, options));
}
