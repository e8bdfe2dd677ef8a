import type { Command } from 'commander';
import { AncillaryError } from '../../errors/error.js';
import { closeAll } from '../../fd/close-all.js';
import { numberOf } from '../../fd/owned-fd.js';
import { UnixStream } from '../../socket/stream.js';
import { openFiles } from '../open.js';
import { printLines } from '../output.js';
import { addTrustOption, describeTrusted, isTrusted, type Trusted } from '../trust.js';
import { addSocketOption } from './socket-option.js';

interface SendOptions {
  socket: string;
  toUid?: Trusted;
}

/** Adds `ancillary send`. */
export function addSendCommand(program: Command): void {
  const command = program
    .command('send')
    .summary('open files and pass them to `ancillary read`')
    .description(
      'Opens the files read-only and passes all descriptors in one message to whoever listens at the socket.',
    )
    .argument('<file...>', 'files to pass, 253 at most');
  addTrustOption(addSocketOption(command), 'to-uid', 'pass them only if this user listens')
    .addHelpText(
      'after',
      `
In a folder that others may write to, anybody may be the one who listens. The kernel says who it is: the effective uid
of the process that called listen(2). Another than yours and root's gets nothing, unless --to-uid names it.

Examples:
  ancillary read &                            # in one terminal
  ancillary send notes.txt                    # in another
  ancillary send --to-uid 1000 notes.txt      # to a listener of the user 1000
  ancillary send --to-uid "$(id -u www-data)" notes.txt

Any program can be the receiver that accepts a connection there and calls recvmsg.
Exit status: 0 when the kernel has taken the message, 1 on an error or when the wrong user listens, 2 for wrong usage,
129, 130 and 143 after SIGHUP, SIGINT and SIGTERM.`,
    )
    .action((files: string[], options: SendOptions) => send(files, options));
}

async function send(files: readonly string[], { socket: path, toUid }: SendOptions): Promise<void> {
  const fds = openFiles(files);
  try {
    await printLines(fds.map((fd) => `Opened fd ${numberOf(fd)} in parent`));
    const stream = await UnixStream.connect(path);
    try {
      refuseStranger(stream, path, toUid);
      // One byte of data: descriptors need something to travel with, and the receiver has no use for more.
      await stream.send('\n', { fds }).catch((error) => throwRefusal(error, path));
    } finally {
      stream.closeSync();
    }
  } finally {
    closeAll(fds);
  }
}

/** A connection can be closed behind it by a receiver that has looked at who sends. */
function throwRefusal(error: unknown, path: string): never {
  if (!['EPIPE', 'ECONNRESET'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  throw new AncillaryError(
    'EPIPE',
    `nothing was sent: the receiver at ${path} closed the connection without taking it; perhaps it takes nothing of ` +
      `uid ${process.geteuid?.()}: \`ancillary read\` takes from its own user and root, or whom its --from-uid names`,
    { cause: error },
  );
}

/** Who has the descriptor has the file, whatever its permissions say. */
function refuseStranger(stream: UnixStream, path: string, toUid: Trusted): void {
  const { uid } = stream.peerCredentials;
  if (isTrusted(uid, toUid)) return;
  throw new AncillaryError(
    'EPERM',
    `nothing was sent: uid ${uid} listens at ${path}, and not ${describeTrusted(toUid)}; if that is meant, --to-uid ${uid}`,
  );
}
