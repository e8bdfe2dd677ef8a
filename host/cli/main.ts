#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { AncillaryError } from '../errors/error.js';
import { addCodecCommands } from './commands/codec.js';
import { addDemoCommand } from './commands/demo.js';
import { addReadCommand } from './commands/read.js';
import { addSendCommand } from './commands/send.js';
import { cleanUp, endOnSignals } from './lifetime.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('ancillary')
  .description('Passes open files over Unix sockets; encodes, parses and walks control messages of any ABI.')
  .version(version)
  .helpCommand(false)
  .showSuggestionAfterError(false)
  .exitOverride();

/** One line for wrong usage, that names the help which has the answer. */
function explainUsage(command: Command, name: string): void {
  command.configureOutput({
    outputError: (text, write) => write(`ancillary: ${text.replace(/^error: /, '').trim()} (see ${name} --help)\n`),
  });
}

addReadCommand(program);
addSendCommand(program);
addDemoCommand(program);
addCodecCommands(program);
explainUsage(program, 'ancillary');
for (const command of program.commands) explainUsage(command, `ancillary ${command.name()}`);

endOnSignals();
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
} finally {
  cleanUp();
}

/** Says what was wrong in one line and returns the exit status. */
function report(error: unknown): number {
  // Commander has printed its own line already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const { message, code } = error as NodeJS.ErrnoException;
  // So has the other process of the demo.
  if (code === 'ERR_REPORTED') return 1;
  if (error instanceof AncillaryError || code !== undefined) process.stderr.write(`ancillary: ${message}\n`);
  else process.stderr.write(`ancillary: internal error, please report it\n${(error as Error).stack}\n`);
  return 1;
}
