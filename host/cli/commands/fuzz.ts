import { type Command, Option } from 'commander';
import { formOf } from '../../fuzz/name.js';
import { TARGETS } from '../../fuzz/targets.js';
import { columns } from '../../view/columns.js';
import {
  ARTIFACTS,
  betweenOption,
  jobsOption,
  pathName,
  peerOptions,
  runsOption,
  seedOption,
  shardOption,
  timeOption,
  timeoutOption,
} from '../fuzz/options.js';
import { abiOption, MACHINE } from '../ids.js';
import { printJson, printLines } from '../output.js';
import { addCorpusCommands } from './fuzz-corpus.js';
import { addFindingCommands } from './fuzz-finding.js';

/** Adds `ancillary fuzz` and what belongs to it, which is loaded when it is asked for; `version`, of the package, is kept with findings. */
export function addFuzzCommand(program: Command, version: string): void {
  const command = program
    .command('fuzz')
    .summary('look for control messages that something gets wrong')
    .description(
      'Makes control messages, well formed and hostile, tries a target with them, and keeps what goes wrong.',
    )
    .enablePositionalOptions()
    .helpCommand(false)
    .usage('[options] TARGET | replay | minimize | merge | corpus | targets')
    .argument('<target>', 'what is tried: see below')
    .addOption(timeOption())
    .addOption(runsOption())
    .addOption(seedOption())
    .addOption(jobsOption())
    .addOption(shardOption())
    .option('--corpus <dir>', 'inputs to begin with; new ones are saved there', pathName)
    .option('--artifacts <dir>', 'where findings are saved', pathName, ARTIFACTS)
    .option('--no-artifacts', 'findings are printed only')
    .option('--dictionary <file>', 'words to put into inputs, as libFuzzer and AFL++ have them', pathName)
    .addOption(timeoutOption())
    .addOption(abiOption(MACHINE))
    .addOption(betweenOption())
    .addOption(new Option('--against <id>', 'a bug of the museum to be found again (dialects)'))
    .option('--json', 'as JSON Lines');
  for (const option of peerOptions()) command.addOption(option);
  command
    .addHelpText(
      'after',
      `
Targets:
${columns(TARGETS.map((row) => [formOf(row), row.summary]))
  .map((line) => `  ${line}`)
  .join('\n')}

A target runs in processes of their own, one for each job: a crash or a hang of it is a finding, and the run goes on.
What it prints is dropped. Inputs are made of structure (several messages, lengths at boundaries, padding, wrap-around)
and of bytes; those that reach something new are kept and changed further. Of each class of finding one input is saved,
made as small as it still shows it; all further ones are counted. A finding is two files in the folder of --artifacts,
which is made when there is one: its bytes, and .json beside, which says what they show.

--corpus: each file is one input, of 4,096 bytes at most; the folder may be shared with other runs.
--dictionary: lines of name="value" with \\xNN, \\\\ and \\" as escapes; # begins a comment.
--seed: with --runs, one job and a target that always answers alike, the same seed gives the same run and files.
--shard: machines that share the work take 1/4, 2/4, 3/4 and 4/4, all with the same --seed.
Ctrl-C ends the run with its summary; what has been found is saved.

On a terminal one line shows how far the run is; elsewhere a line is written to standard error every ten seconds.
--json writes an object a line: {"event":"start",...}, "statistics" each second, "note", "finding" with class, cause,
input in hexadecimal, file and replay, and "end" with reason (time, runs, signal) and the number of findings.

Examples:
  ancillary fuzz module:./parser.js --time 5m --corpus ./corpus
  ancillary fuzz module:./parser.js --runs 100000 --seed 1 --json
  ancillary fuzz replay ${ARTIFACTS}/module-throw-rangeerror-parser.js-3-9-0a1b2c3d.bin

Exit status: 0 when nothing was found, 1 when something was or could not be saved, 2 for wrong usage and bad input, 129,
130 and 143 after SIGHUP, SIGINT and SIGTERM.`,
    )
    .action(async (target, options) => (await import('../fuzz/fuzz.js')).fuzz(target, options, version));
  addFindingCommands(command, version);
  addCorpusCommands(command);
  command
    .command('targets')
    .summary('list the targets')
    .description('Lists what can be fuzzed.')
    .option('--json', 'as one JSON array')
    .addHelpText(
      'after',
      `
The columns, and the members in JSON: target, as \`ancillary fuzz\` takes it; summary.

Examples:
  ancillary fuzz targets
  ancillary fuzz targets --json

Exit status: 0 when all was printed, 1 when the output cannot be written, 2 for wrong usage.`,
    )
    .action(({ json }) => {
      const rows = TARGETS.map((row) => ({ target: formOf(row), summary: row.summary }));
      if (json) return printJson(rows);
      return printLines(columns([['target', 'summary'], ...rows.map(({ target, summary }) => [target, summary])]));
    });
}
