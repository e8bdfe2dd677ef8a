import type { Command } from 'commander';
import { UnixStream } from '../../socket/stream.js';
import { openFiles } from '../open.js';
import { printLines } from '../output.js';
import { addSocketOption } from './socket-option.js';

/** Adds `ancillary send`. */
export function addSendCommand(program: Command): void {
  const command = program
    .command('send')
    .summary('open files and pass them to `ancillary read`')
    .description(
      'Opens the files read-only and passes all descriptors in one message to whoever listens at the socket.',
    )
    .argument('<file...>', 'files to pass, 253 at most');
  addSocketOption(command)
    .addHelpText(
      'after',
      `
Example:
  ancillary read &             # in one terminal
  ancillary send notes.txt     # in another

Any program can be the receiver that accepts a connection there and calls recvmsg.
Exit status: 0 when the kernel has taken the message, 1 on an error, 2 for wrong usage.`,
    )
    .action((files: string[], { socket }: { socket: string }) => send(socket, files));
}

async function send(path: string, files: readonly string[]): Promise<void> {
  const fds = openFiles(files);
  await printLines(fds.map((fd) => `Opened fd ${fd.number} in parent`));
  const stream = await UnixStream.connect(path);
  // One byte of data: descriptors need something to travel with, and the receiver has no use for more.
  await stream.send('\n', { fds });
  stream.closeSync();
  for (const fd of fds) fd.close();
}
