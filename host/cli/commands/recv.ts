import { type Command, Option } from 'commander';
import { INT_MAX } from '../../check/values.js';
import { AncillaryError } from '../../errors/error.js';
import { closeAll } from '../../fd/close-all.js';
import type { OwnedFd } from '../../fd/owned-fd.js';
import { SCM_MAX_FD } from '../../libc/constants.js';
import { standardFlags } from '../execute.js';
import { leaveSignals } from '../lifetime.js';
import { type Form, MessagePrinter } from '../message-printer.js';
import { wholeNumber } from '../numbers.js';
import { STDERR, STDOUT } from '../output.js';
import {
  addPlaceOptions,
  checkPlace,
  fail,
  openSocket,
  type PlaceOptions,
  type Socket,
  type Trust,
  typeOfPlace,
} from '../place.js';
import { programOf } from '../programs.js';
import { descriptorsOf, type Kept, mostData, receiveTrusted } from '../receiving.js';
import { fillRoom, makeRoom } from '../room.js';
import { type Placed, runWith } from '../run-with.js';
import { addTrustOption, type Trusted } from '../trust.js';

interface RecvOptions extends PlaceOptions {
  count?: number;
  credentials?: true;
  pidfd?: true;
  maxFds?: number;
  maxData?: number;
  hex?: true;
  json?: true;
  raw?: true;
  stdin?: true;
  fromUid?: Trusted;
}

/** Adds `ancillary recv`. */
export function addRecvCommand(program: Command): void {
  const command = program
    .command('recv')
    .summary('receive messages of any peer: data, descriptors, credentials; run a program with them')
    .usage('[options] [-- COMMAND [ARGS...]]')
    .description(
      'Receives messages of a Unix socket of any kind and prints them, or runs a program with the descriptors.',
    )
    .argument('[command...]', 'a program and its arguments; options behind it are its own')
    .passThroughOptions();
  addTrustOption(addPlaceOptions(command), 'from-uid', 'take only what this user sends')
    .option('--count <n>', 'messages to receive; default: until the peer closes', wholeNumber(1, INT_MAX))
    .option('--credentials', 'with each message pid, uid and gid of who sent it (SO_PASSCRED)')
    .option('--pidfd', 'with each message a descriptor of the process that sent it (SO_PASSPIDFD)')
    .option('--max-fds <n>', `most descriptors of one message; default: ${SCM_MAX_FD}`, wholeNumber(0, SCM_MAX_FD))
    .option('--max-data <n>', 'most bytes of one message; default: all of a record', wholeNumber(1, INT_MAX))
    .addOption(new Option('--hex', 'print everything in lines, the data as a dump').conflicts('json'))
    .option('--json', 'print one line of JSON for each message')
    .option('--raw', 'print the data as it is to a terminal, too')
    .option('--stdin', 'the first descriptor becomes standard input of COMMAND')
    .addHelpText('after', HELP)
    .action(recv);
}

const HELP = `
PATH is a socket file, @NAME an abstract name; the file @NAME is ./@NAME. --listen takes one connection, or
datagrams; its socket file is removed again. --fd N is a socket that the shell or a service manager hands on; of one
that listens one connection is taken, and it is made non-blocking, which others who hold it see.

The data of each message goes to standard output, byte for byte; at a terminal what would act on it is escaped. All
else that came goes to standard error, in lines: descriptors and what they are, credentials, control messages. On a
stream a message is what one receive gives: descriptors belong to the last byte of it. Descriptors are closed once they
are printed.

JSON: size, data (hexadecimal), text (if it is UTF-8), fds ([{fd, kind, target}]), credentials, pidfd, from (the address
that a datagram came from, as --connect takes it), messages ([{level, type, data, ...}], further control messages, with
what they say where that is known), flags (msg_flags).

With COMMAND nothing is printed but by --hex and --json, on standard error. As soon as descriptors have come (with
--count: when all messages have) the program takes over this process, without a shell: the descriptors are 3, 4, ... in
the order they came in, and what sd_listen_fds(3) reads says so: LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES (fd, or pidfd
for those of --pidfd, which come last). Of what the command has inherited it has standard input, output and error, and
no other number below 256.

Taken is only what you and root send, unless --from-uid says otherwise. The kernel says who that is: of a connection the
effective uid of the process that called connect(2), or for --connect listen(2); of a datagram the uid it came with.
Others are turned away with a line on standard error, and the wait goes on. A connection or datagrams that come as --fd
are looked at only if --from-uid is given.

Examples:
  ancillary recv --listen /tmp/s --json                          # one line for each message of one connection
  ancillary recv --listen @log --type dgram --credentials        # datagrams, until Ctrl-C
  ancillary recv --listen /tmp/s --count 1 --hex                 # every byte of one message
  ancillary recv --listen /tmp/s --stdin -- wc -l                # counts the lines of the file that is passed
  ancillary recv --connect /run/keeper.sock -- sh -c 'cat <&3'   # the first descriptor is number 3
  ancillary recv --fd 0 --count 1 <&5                            # an inherited socket

Exit status: 0 when all was received and printed, 1 on an error, for fewer messages than --count, when --timeout is
over and when a stranger listens, 2 for wrong usage, 129, 130 and 143 after SIGHUP, SIGINT and SIGTERM; with COMMAND
its own, 127 when it is not found, 126 when it cannot be run.`;

async function recv(argv: string[], options: RecvOptions, self: Command): Promise<void> {
  const isDatagram = checkUsage(self, argv, options) === 'dgram';
  const flags = standardFlags();
  const file = argv.length > 0 ? programOf(argv[0] as string) : undefined;
  if (argv.length > 0 && file === undefined) return;
  if (file !== undefined) await makeRoom(options.fd);
  const { fromUid, credentials, pidfd, fd } = options;
  // What lies in an inherited socket already came before anybody asked for credentials.
  const trusted = isDatagram && fd !== undefined ? (fromUid ?? 'any') : fromUid;
  const trust: Trust = { trusted, option: 'from-uid' };
  const isAsked = credentials || (isDatagram && trusted !== 'any');
  const maxFds = options.maxFds ?? SCM_MAX_FD;
  const socket = await openSocket(
    options,
    { ...(isAsked && { credentials: true }), ...(pidfd && { pidfd }), maxFds },
    trust,
  );
  const kept: Kept[] = [];
  try {
    if (file !== undefined) fillRoom();
    await receiveAll(socket, options, trust, file === undefined ? undefined : kept);
    socket.closeSync();
    if (file === undefined) return;
    const stdin = options.stdin ? takeFirst(kept) : undefined;
    await leaveSignals();
    runWith(file, argv, placeAll(kept), stdin, flags);
  } finally {
    closeAll(kept.flatMap(descriptorsOf));
    socket[Symbol.dispose]();
  }
}

/** Refuses what cannot be meant; the type of the socket. */
function checkUsage(self: Command, argv: readonly string[], options: RecvOptions) {
  checkPlace(self, options);
  const type = typeOfPlace(options);
  if (type === 'dgram' && options.connect !== undefined) {
    fail(self, '--connect with --type dgram: nobody can send to a socket without a name; use --listen');
  }
  if (options.stdin && argv.length === 0) fail(self, '--stdin is for a program: give one, -- COMMAND');
  if (options.raw && (options.hex || options.json || argv.length > 0)) {
    fail(self, '--raw is for data that is printed as it is: not with --hex, --json or a program');
  }
  return type;
}

/** Receives what is asked for and prints it; what is to be kept is put into `kept`, all else is closed. */
async function receiveAll(socket: Socket, options: RecvOptions, trust: Trust, kept: Kept[] | undefined): Promise<void> {
  const { count, credentials, timeout, maxFds = SCM_MAX_FD } = options;
  const printer = printerOf(options, kept !== undefined);
  const maxData = options.maxData ?? mostData(socket);
  let came = 0;
  let descriptors = 0;
  for await (const message of receiveTrusted(socket, { ...trust, maxData, maxFds, timeout })) {
    came++;
    descriptors += message.fds.length;
    // Not its data, of which a peer may send as much as it likes.
    if (descriptorsOf(message).length > 0) kept?.push({ fds: message.fds, pidfd: message.pidfd });
    try {
      // Asked for to tell strangers, perhaps.
      if (!credentials) delete message.credentials;
      await printer?.print(message);
    } finally {
      if (!kept) closeAll(descriptorsOf(message));
    }
    if (count === undefined ? kept && descriptors > 0 : came === count) return;
  }
  if (count !== undefined)
    throw new AncillaryError('EPIPE', `the peer closed after ${came} messages, ${count} expected`);
  if (kept) throw new AncillaryError('EPIPE', 'the peer closed before a descriptor came; nothing was run');
}

function printerOf({ hex, json, raw }: RecvOptions, hasProgram: boolean): MessagePrinter | undefined {
  const form: Form = hex ? 'hex' : json ? 'json' : 'data';
  if (hasProgram && form === 'data') return undefined;
  return new MessagePrinter({ form, output: hasProgram ? STDERR : STDOUT, raw });
}

function takeFirst(kept: readonly Kept[]): OwnedFd {
  const first = kept.find(({ fds }) => fds.length > 0)?.fds.shift();
  if (first) return first;
  throw new AncillaryError('EPIPE', 'no descriptor came that could be standard input; nothing was run');
}

function placeAll(kept: readonly Kept[]): Placed[] {
  return [
    ...kept.flatMap(({ fds }) => fds.map((fd) => ({ fd, name: 'fd' }))),
    ...kept.flatMap(({ pidfd }) => (pidfd ? [{ fd: pidfd, name: 'pidfd' }] : [])),
  ];
}
