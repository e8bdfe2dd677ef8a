import { type ChildProcess, spawn } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { fstatSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { escapeControls } from '../../check/escape.js';
import { AncillaryError } from '../../errors/error.js';
import { closeAll } from '../../fd/close-all.js';
import { numberOf, type OwnedFd } from '../../fd/owned-fd.js';
import { SCM_MAX_FD } from '../../libc/constants.js';
import type { MessageTrace } from '../../socket/frame/frame.js';
import { UnixStream } from '../../socket/stream.js';
import { UnixListener } from '../../socket/unix-listener.js';
import { drawControl } from '../../view/control.js';
import type { Drawing } from '../../view/drawing.js';
import { codecInstance } from '../../wasm/instance.js';
import { contentsOf } from '../contents.js';
import { drawnText } from '../drawing.js';
import { atEnd } from '../lifetime.js';
import { openFiles } from '../open.js';
import { print } from '../output.js';
import { addDemoHandoffCommand } from './demo-handoff.js';

/** What the sender says of each file, as the data of the message that carries the descriptors: short, to be one. */
interface Claim {
  fd: number;
  dev: number;
  ino: number;
}

const SAMPLES = ['first.txt', 'second.txt'].map((name) => fileURLToPath(new URL(`./samples/${name}`, import.meta.url)));

/** Adds `ancillary demo`, and the hidden command that its second process runs. */
export function addDemoCommand(program: Command): void {
  const demo = program
    .command('demo')
    .summary('show descriptors passing between two processes')
    .description('Passes files from one process to another in one sendmsg, explains every byte, and prints the files.')
    .argument('[file...]', 'files to pass, 1 to 253; default: two small samples')
    .addHelpText(
      'after',
      `
Two processes take part. Each prints what it does, every line with its role and pid; the receiver prints the files last.

Examples:
  ancillary demo
  ancillary demo /etc/hostname /etc/os-release

Exit status: 0 when all was passed and printed, 1 on an error, 2 for wrong usage, 129, 130 and 143 after SIGHUP, SIGINT
and SIGTERM.`,
    )
    .action((files: string[]) => runReceiver(files.length > 0 ? files : SAMPLES));
  addDemoHandoffCommand(program, demo);
  program
    .command('demo-sender', { hidden: true })
    .argument('<socket>')
    .argument('<file...>')
    .action((socket: string, files: string[]) => runSender(socket, files));
}

async function runReceiver(files: readonly string[]): Promise<void> {
  const say = speaker('receiver');
  const folder = mkdtempSync(join(tmpdir(), 'ancillary-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'socket');
  const listener = await UnixListener.listen(path);
  atEnd(() => listener[Symbol.dispose]());
  await say(`listens at ${path}`);
  const sender = startSender(path, files);
  const exit = once(sender, 'exit');
  const { fds, data, trace } = await Promise.race([receiveFiles(listener), failureOf(exit)]);
  try {
    listener.closeSync();
    // What it prints stands before what is printed here, and its descriptors outlive it.
    await exit;
    const claims = JSON.parse(data.toString()) as Claim[];
    await say(`the sender has exited; recvmsg gave fd ${numbersOf(fds)} with ${sizeOf(trace)}`, explain(trace));
    for (const [i, fd] of fds.entries()) await showFile(say, fd, files[i] as string, claims[i] as Claim);
  } finally {
    closeAll(fds);
  }
}

function startSender(socket: string, files: readonly string[]): ChildProcess {
  const cli = fileURLToPath(import.meta.url);
  const sender = spawn(process.execPath, [cli, 'demo-sender', '--', socket, ...files], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  // At once: a signal that it may handle would leave it the time to complain of what is cleaned up next.
  atEnd(() => sender.kill('SIGKILL'));
  return sender;
}

/** Rejects when the sender ends without having sent; unless a signal ended it, it has said why itself. */
async function failureOf(exit: Promise<unknown[]>): Promise<never> {
  const [code, signal] = await exit;
  if (signal) throw new AncillaryError('ERR_SENDER', `the sender was ended by ${signal}`);
  if (code !== 0) throw new AncillaryError('ERR_REPORTED', '');
  return new Promise<never>(() => undefined);
}

async function receiveFiles(listener: UnixListener) {
  const stream = await listener.accept();
  const trace = traceNext('ancillary:recvmsg');
  try {
    const message = await stream.receive({ maxFds: SCM_MAX_FD });
    if (message === null) throw new AncillaryError('ERR_SENDER', 'the sender closed without having sent');
    return { fds: message.fds, data: message.data, trace: trace() };
  } finally {
    stream.closeSync();
  }
}

async function showFile(say: Say, fd: OwnedFd, file: string, claim: Claim): Promise<void> {
  const { dev, ino } = fstatSync(numberOf(fd));
  const isSame = dev === claim.dev && ino === claim.ino;
  await say(
    `fd ${numberOf(fd)} is the sender’s fd ${claim.fd}, ${basename(file)}: dev ${dev}, inode ${ino}, ` +
      `${isSame ? 'the same file on both sides' : `NOT the sender’s dev ${claim.dev}, inode ${claim.ino}`}; it holds:`,
  );
  let last = 0x0a;
  for await (const chunk of contentsOf(fd)) {
    last = chunk.at(-1) ?? last;
    await print(chunk);
  }
  if (last !== 0x0a) await print('\n');
}

async function runSender(socket: string, files: readonly string[]): Promise<void> {
  const say = speaker('sender');
  const fds = openFiles(files);
  try {
    const claims = fds.map((fd): Claim => {
      const { dev, ino } = fstatSync(numberOf(fd));
      return { fd: numberOf(fd), dev, ino };
    });
    for (const [i, { fd, dev, ino }] of claims.entries()) {
      await say(`opened fd ${fd}, ${basename(files[i] as string)}: dev ${dev}, inode ${ino}`);
    }
    const stream = await UnixStream.connect(socket);
    const trace = traceNext('ancillary:sendmsg');
    const data = Buffer.from(JSON.stringify(claims));
    await stream.send(data, { fds });
    await say(
      `sendmsg passed fd ${numbersOf(fds)} with ${data.length} bytes of data and ${sizeOf(trace())}`,
      explain(trace()),
    );
    await stream.close();
  } finally {
    closeAll(fds);
  }
}

/** Watches a channel of the library; the result is the last call that it told of. */
function traceNext(channel: string): () => MessageTrace {
  let trace: unknown;
  subscribe(channel, (message) => {
    trace = message;
  });
  return () => trace as MessageTrace;
}

function sizeOf({ control, abi }: MessageTrace): string {
  return `${control.length} bytes of control data (${abi}):`;
}

function explain({ control, abi }: MessageTrace): Drawing {
  return [drawControl(codecInstance(), abi, control)];
}

type Say = (line: string, drawing?: Drawing) => Promise<void>;

/** Prints a line that says which process speaks, and what it shows below. */
function speaker(role: string): Say {
  return (line, drawing = []) =>
    print(`${escapeControls(`${role.padEnd(8)}  pid ${process.pid}  ${line}`)}\n${drawnText(drawing, 4)}`);
}

function numbersOf(fds: readonly OwnedFd[]): string {
  return fds.map(numberOf).join(', ');
}
