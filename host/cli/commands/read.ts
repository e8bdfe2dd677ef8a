import { type Command, InvalidArgumentError } from 'commander';
import { AncillaryError } from '../../errors/error.js';
import { closeAll } from '../../fd/close-all.js';
import type { OwnedFd } from '../../fd/owned-fd.js';
import { SCM_MAX_FD } from '../../libc/constants.js';
import { UnixListener } from '../../socket/listener.js';
import type { UnixStream } from '../../socket/stream.js';
import { contentsOf } from '../contents.js';
import { atEnd } from '../lifetime.js';
import { print } from '../output.js';
import { addSocketOption } from './socket-option.js';

interface ReadOptions {
  socket: string;
  count?: number;
}

/** Adds `ancillary read`. */
export function addReadCommand(program: Command): void {
  const command = program
    .command('read')
    .summary('receive descriptors and print what they hold')
    .description(
      'Listens at the socket, accepts one connection, receives descriptors and prints what can be read through each.',
    );
  addSocketOption(command)
    .option('--count <n>', 'how many to receive; default: those of the first message that has any', positive)
    .addHelpText(
      'after',
      `
Prints a line "Reading from passed fd N", then the content byte for byte, for each descriptor.
A socket file that nobody listens at is replaced; anything else at the path is left alone.

Example:
  ancillary read --count 2

Exit status: 0 when all was printed, 1 on an error, 2 for wrong usage, 130 and 143 after SIGINT and SIGTERM.`,
    )
    .action((options: ReadOptions) => read(options));
}

async function read({ socket: path, count }: ReadOptions): Promise<void> {
  const stream = await acceptOne(path);
  let { fds, problem } = await receiveFds(stream, count);
  stream.closeSync();
  try {
    for (const fd of fds) {
      await print(`Reading from passed fd ${fd.number}\n`);
      try {
        for await (const chunk of contentsOf(fd)) await print(chunk);
      } catch (error) {
        if (!(error instanceof AncillaryError) || error.code === 'EPIPE') throw error;
        // One that cannot be read keeps nobody from the others.
        problem ??= error;
      }
    }
  } finally {
    closeAll(fds);
  }
  if (problem) throw problem;
}

/** The socket file stands no longer than it takes to be connected to. */
async function acceptOne(path: string): Promise<UnixStream> {
  const listener = await UnixListener.listen(path, { backlog: 1 });
  const close = atEnd(() => listener[Symbol.dispose]());
  try {
    return await listener.accept();
  } finally {
    close();
  }
}

/** Receives until `count` have come. Those that came are returned even when something is wrong, to be printed. */
async function receiveFds(
  stream: UnixStream,
  count: number | undefined,
): Promise<{ fds: OwnedFd[]; problem?: AncillaryError }> {
  const fds: OwnedFd[] = [];
  while (fds.length < (count ?? 1)) {
    const message = await stream.receive({ maxFds: SCM_MAX_FD });
    if (message.data.length === 0) {
      const wanted = count ?? 'at least 1';
      const problem = `the peer closed after ${fds.length} descriptors, ${wanted} expected; it must pass them as SCM_RIGHTS`;
      return { fds, problem: new AncillaryError('EPIPE', problem) };
    }
    fds.push(...message.fds);
  }
  const extra = fds.splice(count ?? fds.length);
  if (extra.length === 0) return { fds };
  closeAll(extra);
  const problem = `${extra.length} descriptors more than --count ${count} came and were closed; raise --count`;
  return { fds, problem: new AncillaryError('ERR_TRUNCATED', problem) };
}

function positive(text: string): number {
  if (!/^[1-9][0-9]{0,5}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return Number(text);
}
