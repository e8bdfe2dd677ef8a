import { type Command, InvalidArgumentError } from 'commander';
import { AncillaryError } from '../../errors/error.js';
import { closeAll } from '../../fd/close-all.js';
import { numberOf, type OwnedFd } from '../../fd/owned-fd.js';
import { SCM_MAX_FD } from '../../libc/constants.js';
import type { UnixStream } from '../../socket/stream.js';
import { UnixListener } from '../../socket/unix-listener.js';
import { acceptTrusted } from '../callers.js';
import { contentsOf, UNREADABLE } from '../contents.js';
import { atEnd } from '../lifetime.js';
import { print, printLines } from '../output.js';
import { addTrustOption, type Trusted } from '../trust.js';
import { addSocketOption } from './socket-option.js';

/** More descriptors than any process may have open at once, as Linux comes (fs.nr_open, proc(5)), less a few. */
const MOST = 999_999;

interface ReadOptions {
  socket: string;
  count?: number;
  fromUid?: Trusted;
}

/** Adds `ancillary read`. */
export function addReadCommand(program: Command): void {
  const command = program
    .command('read')
    .summary('receive descriptors and print what they hold')
    .description(
      'Listens at the socket, accepts one connection, receives descriptors and prints what can be read through each.',
    );
  addTrustOption(addSocketOption(command), 'from-uid', 'receive only from this user')
    .option('--count <n>', 'how many to receive; default: those of the first message that has any', positive)
    .addHelpText(
      'after',
      `
Prints a line "Reading from passed fd N", then the content byte for byte, for each descriptor; those that came before
something went wrong are printed too.
A socket file that nobody listens at is replaced; anything else at the path is left alone.
The kernel says who connects: the effective uid of the process that called connect(2). Another user than you and root is
turned away with a line on standard error, unless --from-uid names it, and the wait goes on. (For another to connect at
all, the socket file must be writable for it.)

Examples:
  ancillary read --count 2
  ancillary read --from-uid 1000 --socket /run/inbox

Exit status: 0 when all was printed, 1 on an error, 2 for wrong usage, 129, 130 and 143 after SIGHUP, SIGINT and
SIGTERM.`,
    )
    .action((options: ReadOptions) => read(options));
}

async function read({ socket: path, count, fromUid }: ReadOptions): Promise<void> {
  const stream = await acceptOne(path, fromUid);
  const { fds, problems } = await receiveFds(stream, count);
  try {
    stream.closeSync();
    for (const fd of fds) {
      await printLines([`Reading from passed fd ${numberOf(fd)}`]);
      try {
        for await (const chunk of contentsOf(fd)) await print(chunk);
      } catch (error) {
        problems.push(error);
        // One that cannot be read keeps nobody from the others; an output that cannot be written does.
        if (!(error instanceof AncillaryError) || error.code !== UNREADABLE) break;
      }
    }
  } finally {
    closeAll(fds);
  }
  if (problems.length > 0) throw new AggregateError(problems);
}

/** The socket file stands no longer than it takes to be connected to. */
async function acceptOne(path: string, fromUid: Trusted): Promise<UnixStream> {
  const listener = await UnixListener.listen(path, { backlog: 1 });
  const close = atEnd(() => listener[Symbol.dispose]());
  try {
    return await acceptTrusted(listener, fromUid);
  } finally {
    close();
  }
}

/** Receives until `count` have come. Those that came are returned whatever goes wrong after them, to be printed. */
async function receiveFds(
  stream: UnixStream,
  count: number | undefined,
): Promise<{ fds: OwnedFd[]; problems: unknown[] }> {
  const fds: OwnedFd[] = [];
  try {
    while (fds.length < (count ?? 1)) {
      const message = await stream.receive({ maxFds: SCM_MAX_FD });
      if (message === null) throw closedEarly(fds.length, count);
      fds.push(...message.fds);
    }
    const extra = fds.splice(count ?? fds.length);
    closeAll(extra);
    if (extra.length > 0) throw tooMany(extra.length, count);
    return { fds, problems: [] };
  } catch (error) {
    return { fds, problems: [error] };
  }
}

function closedEarly(came: number, count: number | undefined): AncillaryError {
  const wanted = count ?? 'at least 1';
  const message = `the peer closed after ${came} descriptors, ${wanted} expected; it must pass them as SCM_RIGHTS`;
  return new AncillaryError('EPIPE', message);
}

function tooMany(extra: number, count: number | undefined): AncillaryError {
  const message = `${extra} descriptors more than --count ${count} came and were closed; raise --count`;
  return new AncillaryError('ERR_TRUNCATED', message);
}

function positive(text: string): number {
  if (/^[1-9][0-9]{0,6}$/.test(text) && Number(text) <= MOST) return Number(text);
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MOST}.`);
}
