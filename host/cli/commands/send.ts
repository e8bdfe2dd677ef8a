import type { Command } from 'commander';
import { INT_MAX } from '../../check/values.js';
import { AncillaryError } from '../../errors/error.js';
import { closeAll } from '../../fd/close-all.js';
import { numberOf } from '../../fd/owned-fd.js';
import { UnixStream } from '../../socket/stream.js';
import { addMessageOptions, givenMessageOptions, problemOf } from '../message-options.js';
import { wholeNumber } from '../numbers.js';
import { openFiles } from '../open.js';
import { printLines } from '../output.js';
import { addPlaceOptions, checkPlace, fail, hasPlace, typeOfPlace } from '../place.js';
import { type SendMessageOptions, sendMessage } from '../send-message.js';
import { addTrustOption, describeTrusted, isTrusted, type Trusted } from '../trust.js';
import { addSocketOption } from './socket-option.js';

interface SendOptions extends SendMessageOptions {
  socket: string;
  toUid?: Trusted;
}

/** Adds `ancillary send`. */
export function addSendCommand(program: Command): void {
  const command = program
    .command('send')
    .summary('open files and pass them to `ancillary read`; send any message to any peer')
    .usage('[options] [file...]')
    .description(
      'Opens the files read-only and passes all descriptors in one message to whoever listens at the socket.\n' +
        'With --connect, --listen or --fd: sends a message of any kind to any peer.',
    )
    .argument('[file...]', 'files to pass, 253 at most');
  addTrustOption(addSocketOption(command), 'to-uid', 'pass them only if this user listens');
  addMessageOptions(addPlaceOptions(command))
    .option('--reply [n]', 'print n messages of the peer’s answer, or all', wholeNumber(1, INT_MAX))
    .addHelpText('after', HELP)
    .action((files: string[], options: SendOptions) => send(command, files, options));
}

const HELP = `
In a folder that others may write to, anybody may be the one who listens. The kernel says who it is: the effective uid
of the process that called listen(2). Another than yours and root's gets nothing, unless --to-uid names it. Of who is
bound to a datagram socket it says nothing: descriptors go there only with --to-uid any. A socket that comes as --fd
is looked at only if --to-uid is given.

PATH is a socket file, @NAME an abstract name; the file @NAME is ./@NAME. --listen waits for one connection and sends
to whom it is from. --fd N is a socket that the shell or a service manager hands on, connected or listening; one that
listens is made non-blocking, which others who hold it see.

The data is that of --data, --hex or --data-file; without them one newline on a stream, as descriptors need something to
travel with, and otherwise none. --lines sends each line as a message of its own, on a stream with its newline;
descriptors go with the first. --control is a list of messages, {"level", "type", "data"} with data in hexadecimal, or
by a name that \`ancillary payloads\` lists. Credentials of others, --credentials PID:UID:GID, need capabilities. --reply
writes data to standard output, to a terminal escaped, and all else to standard error; with --timeout it also ends, in
order, when nothing more comes for that long.

Examples:
  ancillary read &                            # in one terminal
  ancillary send notes.txt                    # in another
  ancillary send --to-uid 1000 notes.txt      # to a listener of the user 1000
  ancillary send --to-uid "$(id -u www-data)" notes.txt
  ancillary send --connect "$NOTIFY_SOCKET" --type dgram --data READY=1     # as systemd-notify --ready
  ancillary send --connect "$NOTIFY_SOCKET" --type dgram --to-uid any --data FDSTORE=1 cache.db
  ancillary send --connect qmp.sock --pass 3 3<>disk.img --reply --timeout 500 --data \\
    '{"execute":"qmp_capabilities"}{"execute":"add-fd","arguments":{"fdset-id":1}}'    # QEMU
  exec 5<>/dev/tcp/host/22; ancillary send --fd 1 --pass 5      # in bash, for OpenSSH's ProxyUseFdpass
  generate | ancillary send --connect @log --type dgram --lines

Any program can be the receiver that accepts a connection there and calls recvmsg.
Exit status: 0 when the kernel has taken the message, 1 on an error or when the wrong user listens, 2 for wrong usage,
129, 130 and 143 after SIGHUP, SIGINT and SIGTERM.`;

/** The classic form passes files at --socket; as soon as a place is given, it is any message. */
function send(self: Command, files: string[], options: SendOptions): Promise<void> {
  const given = givenMessageOptions(options);
  if (!hasPlace(options)) {
    const [other] = [...given, ...OTHERS.filter((name) => options[name] !== undefined).map((name) => `--${name}`)];
    if (other) fail(self, `${other} needs a place: --connect, --listen or --fd`);
    if (files.length === 0) fail(self, "missing required argument 'file'");
    return passFiles(files, options);
  }
  if (self.getOptionValueSource('socket') !== 'default') fail(self, '--socket is a place already: give one');
  checkMessage(self, files, given, options);
  return sendMessage(files, options);
}

/** What the classic form does not have. */
const OTHERS = ['type', 'mode', 'timeout', 'reply'] as const;

function checkMessage(self: Command, files: string[], given: readonly string[], options: SendOptions): void {
  checkPlace(self, options);
  const problem = problemOf(options);
  if (problem) fail(self, problem);
  if (files.length === 0 && given.length === 0) fail(self, 'there is nothing to send: give FILE, --pass, --data, ...');
  const { data, hex, listen, fd, pass, reply, toUid } = options;
  const type = typeOfPlace(options);
  if (type === 'stream' && (data === '' || hex?.length === 0)) {
    fail(self, 'a stream carries no empty message: give at least one byte');
  }
  if (type !== 'dgram') return;
  if (listen !== undefined) fail(self, '--listen with --type dgram: a datagram goes to somebody, --connect says whom');
  if (reply !== undefined && fd === undefined) fail(self, '--reply: nobody can answer a socket without a name');
  const hasFds = files.length > 0 || pass !== undefined;
  if (typeof toUid === 'number' || (hasFds && toUid === undefined && fd === undefined)) {
    fail(self, 'nobody says who is bound to a datagram socket; if descriptors may go to whoever it is, --to-uid any');
  }
}

async function passFiles(files: readonly string[], { socket: path, toUid }: SendOptions): Promise<void> {
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
