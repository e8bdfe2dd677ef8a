import { closeSync, openSync, readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { escapeControls } from '../../check/escape.js';
import { AncillaryError } from '../../errors/error.js';
import { isIdle, readTracedCall, type TracedCall } from '../../model/trace/call.js';
import type { TerminalOptions } from '../../view/terminal.js';
import { type Caller, drawTracedCall } from '../../view/traced-call.js';
import { codecInstance } from '../../wasm/instance.js';
import { drawnText, terminalOptions } from '../drawing.js';
import { abiOption, MACHINE } from '../ids.js';
import { exitNow, takeSignals } from '../lifetime.js';
import { machineAbi } from '../machine.js';
import { jsonOf, print, STDERR, STDOUT } from '../output.js';
import { isInForeground, programOf } from '../programs.js';
import { Strace, type Subject, straceOptions } from '../strace.js';
import { describeTracedCall } from '../traced-call.js';

interface WatchOptions {
  pid?: number;
  only?: 'send' | 'recv';
  fd?: number;
  all?: true;
  json?: true;
  output?: string;
  abi?: string;
}

/** 128 and SIGHUP, signal(7). */
const HUNG_UP = 129;

/** Adds `ancillary watch`. */
export function addWatchCommand(program: Command): void {
  program
    .command('watch')
    .summary('run a program and explain every message that it sends or receives')
    .usage('[options] -- COMMAND [ARGS...]')
    .description(
      'Runs a program under strace(1) and explains every sendmsg, recvmsg, sendmmsg and recvmmsg of it and its children.',
    )
    .argument('[command...]', 'the program and its arguments; options behind it are its own')
    .passThroughOptions()
    .option('-p, --pid <n>', 'watch this process instead, until it ends or the watch is interrupted', wholeFrom(1))
    .addOption(new Option('--only <direction>', 'only what is sent, or what is received').choices(['send', 'recv']))
    .option('--fd <n>', 'only calls on this descriptor', wholeFrom(0))
    .option('--all', 'also calls that did nothing: EAGAIN, and those that the kernel restarts')
    .option('--json', 'one line of JSON for each message')
    .option('-o, --output <file>', 'where to write; - is standard output; default: standard error')
    .addOption(abiOption(`${MACHINE}; a 32-bit program needs its own`))
    .addHelpText(
      'after',
      `
The program has standard input, output and error as they are; what is watched is written to standard error while it
happens, or where --output says. Of each call: thread, its name, call, descriptor and what it is, flags, result; of each
message: address, the first bytes of data, flags, what the descriptors in it are, and its control buffer, byte for byte
as \`ancillary inspect\` explains it. strace shows messages and no bytes: the buffer is what they come to on the ABI;
where they do not come to one, strace's own words stand instead.

JSON: pid, command, call, index (in the array of a mmsg call), fd, file, flags, result (null: it did not return), error,
name, size, data (hexadecimal; shorter than size where strace shows no more), msg_flags, fds ([{fd, file}]), abi,
control (hexadecimal), messages and trailing (as \`ancillary parse\` answers), or controlText and problem; or else text,
a call that is not understood.

Ctrl-C goes to the program, and so do SIGTERM, SIGHUP and SIGQUIT; the watch ends when the program and all its children
have. strace makes a program slow, keeps setuid programs from changing user, and cannot watch what is traced already.

Examples:
  ancillary watch --output - -- ancillary demo
  ancillary watch --only send --json --output - -- ancillary demo
  ancillary watch --output calls.txt -- python3 /etc/server.py --port 80
  ancillary watch --pid "$(pidof /etc/server)"

Exit status: 0 when the program ended with 0, 1 when strace is missing or may not trace, or the output cannot be
written, 2 for wrong usage, 126 when the command cannot be run, 127 when it is not found; in all other cases that of the
program, 128 and the number of the signal that ended it; with --pid 0 when it ended, 129, 130 and 143 after SIGHUP,
SIGINT and SIGTERM.`,
    )
    .action(watch);
}

async function watch(command: string[], options: WatchOptions, self: Command): Promise<void> {
  const { pid } = options;
  if ((pid === undefined) === (command.length === 0)) {
    const problem =
      pid === undefined ? 'there is nothing to watch: give a command' : 'a command and --pid are too much';
    self.error(`error: ${problem}, -- COMMAND, or a process, --pid`, { exitCode: 2 });
  }
  const abi = options.abi ?? machineAbi();
  const taken = straceOptions();
  if (pid === undefined && programOf(command[0] as string) === undefined) return;
  const output = openOutput(options.output);
  let isHungUp = false;
  try {
    const subject: Subject = pid === undefined ? { command } : { pid };
    const strace = new Strace(taken, subject);
    takeSignals((signal) => {
      isHungUp ||= signal === 'SIGHUP';
      passOn(strace, signal);
    });
    await follow(strace, { ...options, abi }, output);
    process.exitCode = await strace.status();
  } finally {
    if (output > STDERR) closeSync(output);
    // An exit in order puts the terminal's settings back, and Node aborts where there is no terminal any more.
    if (isHungUp) exitNow(Number(process.exitCode ?? HUNG_UP));
  }
}

function openOutput(file: string | undefined): number {
  if (file === undefined) return STDERR;
  if (file === '-') return STDOUT;
  try {
    return openSync(file, 'w');
  } catch (error) {
    const { code = 'EIO', message } = error as NodeJS.ErrnoException;
    throw new AncillaryError(code, `cannot write to ${file}: ${message}`);
  }
}

/** A key at the terminal has reached the program too; what was sent to this process alone has not. */
function passOn(strace: Strace, signal: NodeJS.Signals): void {
  const isKey = signal === 'SIGINT' || signal === 'SIGQUIT';
  if (!(isKey && isInForeground(readFileSync('/proc/self/stat', 'utf8')))) strace.pass(signal);
}

/** Prints every call that is asked for. When nothing can be printed any more, the program is told to end. */
async function follow(strace: Strace, options: WatchOptions & { abi: string }, output: number): Promise<void> {
  let failure: { error: unknown } | undefined;
  for await (const events of strace.events()) {
    if (failure) continue;
    const terminal = terminalOptions(output);
    const texts = events.map((event) => {
      const call = event.kind === 'call' ? readTracedCall(event.text) : undefined;
      if (!call || !isWanted(call, options)) return '';
      return options.json ? linesOfCall(event, call, options.abi) : textOf(event, call, options.abi, terminal);
    });
    try {
      await print(texts.join(''), output);
    } catch (error) {
      failure = { error };
      strace.pass('SIGTERM');
    }
  }
  if (failure) {
    await strace.status();
    throw failure.error;
  }
}

function isWanted(call: TracedCall, { only, fd, all }: WatchOptions): boolean {
  if (only !== undefined && call.direction !== only) return false;
  if (fd !== undefined && call.fd !== fd) return false;
  return all === true || !isIdle(call);
}

function linesOfCall(caller: Caller, call: TracedCall, abi: string): string {
  return describeTracedCall(codecInstance(), abi, caller, call)
    .map((each) => `${escapeControls(jsonOf(each))}\n`)
    .join('');
}

function textOf(caller: Caller, call: TracedCall, abi: string, terminal: TerminalOptions): string {
  return drawTracedCall(codecInstance(), abi, caller, call)
    .map(({ indent, block }) => drawnText([block], indent, terminal))
    .join('');
}

function wholeFrom(least: number): (text: string) => number {
  return (text) => {
    if (/^(0|[1-9][0-9]{0,9})$/.test(text) && Number(text) >= least && Number(text) < 2 ** 31) return Number(text);
    throw new InvalidArgumentError(`It must be a whole number from ${least} on.`);
  };
}
