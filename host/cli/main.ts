#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { AncillaryError } from '../errors/error.js';
import { addCodecCommands } from './commands/codec.js';
import { addDemoCommand } from './commands/demo.js';
import { addReadCommand } from './commands/read.js';
import { addSendCommand } from './commands/send.js';
import { cleanUp, endOnSignals } from './lifetime.js';
import { complain } from './output.js';

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
    outputError: (text) => complain(`${text.replace(/^error: /, '').trim()} (see ${name} --help)`),
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

/** Says in one line what was wrong, or in one for each of several things, and returns the exit status. */
function report(error: unknown): number {
  // Commander has printed its own line already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
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
