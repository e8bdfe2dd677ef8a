import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { didYouMean } from '../check/suggest.js';
import { AncillaryError } from '../errors/error.js';
import { addBenchCommand } from './commands/bench.js';
import { addCheckCommand } from './commands/check.js';
import { addCodecCommands } from './commands/codec.js';
import { addDemoCommand } from './commands/demo.js';
import { addDiffCommand } from './commands/diff.js';
import { addFuzzCommand } from './commands/fuzz.js';
import { addHandoffCommand } from './commands/handoff.js';
import { addInspectCommand } from './commands/inspect.js';
import { addLayoutCommand } from './commands/layout.js';
import { addMuseumCommand } from './commands/museum.js';
import { addQueueCommand } from './commands/queue.js';
import { addReadCommand } from './commands/read.js';
import { addRecvCommand } from './commands/recv.js';
import { addSendCommand } from './commands/send.js';
import { addWalkAndParseCommands } from './commands/walk-parse.js';
import { addWatchCommand } from './commands/watch.js';
import { cleanUp, endOnSignals } from './lifetime.js';
import { complain, print, writeError } from './output.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('ancillary')
  .description('Passes open files over Unix sockets; encodes, parses and walks control messages of any ABI.')
  .version(version)
  .helpCommand(false)
  .showSuggestionAfterError(false)
  .enablePositionalOptions()
  .exitOverride();

/** Help and version, as far as they were asked for. */
let answer = '';

/** Help and version are printed like everything else; wrong usage is one line, that names the help with the answer. */
function configureOutput(command: Command, name: string): void {
  command.configureOutput({
    writeOut: (text) => {
      answer += text;
    },
    writeErr: writeError,
    outputError: (text) => {
      const said = text.replace(/^error: /, '').trim();
      complain(`${said}${guess(command, said)} (see ${name} --help)`);
    },
  });
  for (const each of command.commands) configureOutput(each, `${name} ${each.name()}`);
}

/** What was meant by a command or an option that there is not. */
function guess(command: Command, said: string): string {
  const [, kind, given = ''] = /^unknown (command|option) '(.*)'$/s.exec(said) ?? [];
  if (kind === undefined) return '';
  const help = program.createHelp();
  const options = help.visibleOptions(command).flatMap(({ long }) => long ?? []);
  return didYouMean(given, kind === 'option' ? options : help.visibleCommands(command).map((each) => each.name()));
}

addReadCommand(program);
addSendCommand(program);
addRecvCommand(program);
addHandoffCommand(program);
addDemoCommand(program);
addWatchCommand(program);
addInspectCommand(program);
addDiffCommand(program);
addLayoutCommand(program);
addCodecCommands(program);
addWalkAndParseCommands(program);
addCheckCommand(program);
addFuzzCommand(program, version);
addMuseumCommand(program);
addQueueCommand(program);
addBenchCommand(program);
configureOutput(program, 'ancillary');

endOnSignals();
// Also of what nobody has caught.
process.once('exit', cleanUp);
try {
  await run();
} catch (error) {
  process.exitCode = report(error);
} finally {
  cleanUp();
}

async function run(): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    // So commander ends what was asked for help or version.
    if (!(error instanceof CommanderError && error.exitCode === 0)) throw error;
    await print(answer);
  }
}

/** Says in one line what was wrong, or in one for each of several things, and returns the exit status. */
function report(error: unknown): number {
  // Commander has printed its own line already.
  if (error instanceof CommanderError) return 2;
  for (const each of error instanceof AggregateError ? error.errors : [error]) reportOne(each);
  return 1;
}

function reportOne(error: unknown): void {
  const { message, code, stack } = error as NodeJS.ErrnoException;
  // Its line has been printed by the other process of the demo.
  if (code === 'ERR_REPORTED') return;
  if (error instanceof AncillaryError || code !== undefined) complain(message);
  else complain(`internal error, please report it: ${String(stack).replace(/\s*\n\s*/g, ' ')}`);
}
