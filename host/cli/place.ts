/** Where a command's socket is: the options that say so, and the socket that they come to. */
import { type Command, Option } from 'commander';
import { INT_MAX } from '../check/values.js';
import { AncillaryError } from '../errors/error.js';
import { SO_ACCEPTCONN, SO_TYPE, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM } from '../libc/constants.js';
import { checkAddress, type UnixAddress } from '../socket/address/address.js';
import { UnixDatagram } from '../socket/datagram.js';
import { getOption, type SocketOptions } from '../socket/options/socket-options.js';
import { UnixSeqpacket } from '../socket/seqpacket.js';
import type { PairType } from '../socket/socketpair.js';
import { UnixStream } from '../socket/stream.js';
import { UnixListener, UnixSeqpacketListener } from '../socket/unix-listener.js';
import { addressOption } from './address.js';
import { acceptTrusted } from './callers.js';
import { atEnd } from './lifetime.js';
import { fileMode, wholeNumber } from './numbers.js';
import { describeTrusted, isTrusted, type Trusted } from './trust.js';

export type Socket = UnixStream | UnixSeqpacket | UnixDatagram;

/** What the options say. */
export interface PlaceOptions {
  listen?: UnixAddress;
  connect?: UnixAddress;
  fd?: number;
  type?: PairType;
  mode?: number;
  timeout?: number;
}

/** Who may be at the other end, and the option that says so. */
export interface Trust {
  trusted: Trusted;
  option: 'from-uid' | 'to-uid';
}

/** The kinds of sockets, as `--type` names them. */
const KINDS = {
  stream: { type: SOCK_STREAM, Socket: UnixStream, Listener: UnixListener },
  seqpacket: { type: SOCK_SEQPACKET, Socket: UnixSeqpacket, Listener: UnixSeqpacketListener },
  dgram: { type: SOCK_DGRAM, Socket: UnixDatagram, Listener: undefined },
} as const;

const PLACES = ['listen', 'connect', 'fd'] as const;

/** Adds the options. */
export function addPlaceOptions(command: Command): Command {
  return command
    .addOption(addressOption('--listen', 'wait there for one connection, or bind there for datagrams'))
    .addOption(addressOption('--connect', 'connect to who listens there'))
    .option('--fd <n>', 'use this inherited socket, connected or listening', wholeNumber(0, INT_MAX))
    .addOption(new Option('--type <type>', 'kind of the socket; default: stream, or what --fd is').choices(typesOf()))
    .option('--mode <octal>', 'permissions of the socket file of --listen, such as 600', fileMode)
    .option('--timeout <ms>', 'longest wait for a connection, and for each message', wholeNumber(1, INT_MAX));
}

function typesOf(): string[] {
  return Object.keys(KINDS);
}

/** Whether one of the options that say where has been given. */
export function hasPlace(options: PlaceOptions): boolean {
  return PLACES.some((name) => options[name] !== undefined);
}

/** Ends the command unless the options say one place, and nothing that cannot be had there. */
export function checkPlace(command: Command, options: PlaceOptions): void {
  const given = PLACES.filter((name) => options[name] !== undefined);
  const names = PLACES.map((name) => `--${name}`).join(', ');
  if (given.length === 0) fail(command, `nothing says where the socket is: give one of ${names}`);
  if (given.length > 1)
    fail(command, `${given.map((name) => `--${name}`).join(' and ')} are too much: give one of them`);
  if (options.mode === undefined) return;
  if (options.listen === undefined) fail(command, '--mode is for the socket file that --listen makes');
  if (checkAddress(options.listen).kind !== 'path')
    fail(command, '--mode is for a socket file: an abstract name has none');
}

/** Ends the command as wrong usage. */
export function fail(command: Command, problem: string): never {
  return command.error(`error: ${problem}`, { exitCode: 2 });
}

/** The kind of the socket, as far as it can be told before it is open: what is no socket is refused later. */
export function typeOfPlace({ type, fd }: PlaceOptions): PairType {
  if (type !== undefined || fd === undefined) return type ?? 'stream';
  const number = getOption(fd, SO_TYPE);
  return (Object.keys(KINDS) as PairType[]).find((name) => KINDS[name].type === number) ?? 'stream';
}

/** The place in words. */
export function describePlace({ listen, connect, fd }: PlaceOptions): string {
  const address = listen ?? connect;
  return address === undefined ? `descriptor ${fd}` : checkAddress(address).label;
}

/**
 * The socket, connected or bound. Who is at the other end of a connection is asked first; of an inherited one only when
 * that has been said, as whoever made it knew.
 */
export async function openSocket(options: PlaceOptions, settings: SocketOptions, trust: Trust): Promise<Socket> {
  const { listen, connect, fd, timeout, mode } = options;
  const wait = timeout === undefined ? {} : { timeout };
  if (fd !== undefined) return adopt(fd, options, settings, trust);
  const { Socket, Listener } = KINDS[typeOfPlace(options)];
  if (connect !== undefined) return known(await Socket.connect(connect, { ...settings, ...wait }), options, trust);
  const modes = mode === undefined ? {} : { mode };
  const address = listen as UnixAddress;
  if (Listener) return acceptOne(Listener.listenSync(address, { ...settings, ...modes, backlog: 1 }), options, trust);
  const socket = UnixDatagram.bindSync(address, { ...settings, ...modes });
  // Also when a signal ends the command.
  atEnd(() => socket[Symbol.dispose]());
  return socket;
}

async function adopt(fd: number, options: PlaceOptions, settings: SocketOptions, trust: Trust): Promise<Socket> {
  const { Socket, Listener } = KINDS[typeOfPlace(options)];
  if (Listener && getOption(fd, SO_ACCEPTCONN) === 1) {
    return acceptOne(Listener.adopt(fd, { ...settings, nonblocking: true }), options, trust);
  }
  const socket = Socket.adopt(fd, settings);
  return trust.trusted === undefined ? socket : known(socket, options, trust);
}

/** A socket file stands no longer than it takes to be connected to. */
async function acceptOne(
  listener: UnixListener | UnixSeqpacketListener,
  { timeout }: PlaceOptions,
  { trusted, option }: Trust,
): Promise<Socket> {
  const close = atEnd(() => listener[Symbol.dispose]());
  try {
    return await acceptTrusted<UnixStream | UnixSeqpacket>(listener, trusted, option, timeout);
  } finally {
    close();
  }
}

/** Refuses a stranger at the other end. Nobody is known at the end of a datagram socket: it is asked elsewhere. */
function known<T extends Socket>(socket: T, options: PlaceOptions, { trusted, option }: Trust): T {
  if (socket instanceof UnixDatagram) return socket;
  const { uid } = socket.peerCredentials;
  if (isTrusted(uid, trusted)) return socket;
  socket.closeSync();
  throw new AncillaryError(
    'EPERM',
    `uid ${uid} is at the other end of ${describePlace(options)}, and not ${describeTrusted(trusted)}; ` +
      `if that is meant, --${option} ${uid}`,
  );
}
