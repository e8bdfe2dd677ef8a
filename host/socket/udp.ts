import { checkOptions, optionNames } from '../check/options.js';
import { show } from '../check/show.js';
import { refuseSurplus } from '../check/surplus.js';
import { invalidArgument } from '../errors/error.js';
import { type Origin, originOf } from '../fd/origin.js';
import { numberOf, type OwnedFd } from '../fd/owned-fd.js';
import { AF_INET6, IPPROTO_UDP, SO_DOMAIN, SO_PROTOCOL } from '../libc/constants.js';
import { EACCES, EADDRINUSE, EADDRNOTAVAIL, ENETUNREACH, ENOTCONN, systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import type { WaitOptions } from '../reactor/limit.js';
import { fail, succeed } from '../reactor/wait.js';
import { reserveStack } from '../runtime/stack.js';
import { withAddress } from './address/address.js';
import {
  type CheckedAddress,
  checkInetAddress,
  decodeInetAddress,
  encodeInetAddress,
  type InetAddress,
  type InetTarget,
  labelOf,
} from './address/inet-address.js';
import type { Message, MessageHead } from './frame/message.js';
import { KEY, type Making, MessageSocket, numberOfSocket } from './message-socket.js';
import { readNameBytes } from './name.js';
import { type Adoptable, adoptSocket, optionOf } from './opening/adopt.js';
import { makeBlocking, makeSocket } from './opening/make-socket.js';
import { UDP4, UDP6 } from './options/nature.js';
import { getOption, NO_SETTINGS } from './options/socket-options.js';
import {
  applyUdpSettings,
  UDP_OPTIONS,
  type UdpOptions,
  type UdpSettings,
  udpSettingsOf,
} from './options/udp-options.js';
import type { ErrorQueueOption, ReceiveOptions, ReceiveSyncOptions } from './receiving/receive.js';
import type { Addressed, MessageToSend, SendSyncOptions } from './sending/send.js';

/** Where a UDP socket is bound, and what it is asked to bring. */
export interface UdpBindOptions extends UdpOptions {
  /** An address of this machine; default all that it has: `0.0.0.0`, or `::` with `family: 6`, which takes IPv4 too. */
  address?: string | undefined;
  /** Default 0: a free one of the kernel's choice, to be read from `address`. */
  port?: number | undefined;
  /** Default that of the address, or 4. */
  family?: 4 | 6 | undefined;
  /** The interface of a link-local IPv6 address. */
  scope?: number | string | undefined;
}

/** Whom a UDP socket is connected to, and what it is asked to bring. */
export interface UdpConnectOptions extends UdpOptions, InetTarget {}

/** What a UDP socket that is bound already is asked to bring. */
export type UdpAdoptOptions = Omit<UdpOptions, 'reuseAddress' | 'reusePort' | 'v6only'>;

/** A datagram, and who sent it. */
export interface UdpMessage extends Message {
  /** Who sent it; of an error, whom what it is about was sent to. */
  from: InetAddress;
}

/** The same without the data, which is where `into` said. */
export interface UdpMessageHead extends MessageHead {
  /** Who sent it; of an error, whom what it is about was sent to. */
  from: InetAddress;
}

/** What goes with the data, and whom it goes to: where the socket is connected, its peer when nothing is said. */
export type UdpSendSyncOptions = Addressed<Pick<SendSyncOptions, 'control'>, InetTarget>;
/** The same, and how long to wait. */
export type UdpSendOptions = UdpSendSyncOptions & WaitOptions;
/** A datagram of several that are sent at once. */
export type UdpMessageToSend = Addressed<Pick<MessageToSend, 'data' | 'control'>, InetTarget>;

const ADDRESS = { address: true, port: true, family: true, scope: true } as const;
const BIND_OPTIONS = optionNames<UdpBindOptions>({ ...UDP_OPTIONS, ...ADDRESS });
const { reuseAddress: _reuseAddress, reusePort: _reusePort, v6only: _v6only, ...BRINGING } = UDP_OPTIONS;
const ADOPT_OPTIONS = optionNames<UdpAdoptOptions>(BRINGING);
const CONNECT_OPTIONS = optionNames<UdpConnectOptions>({ ...UDP_OPTIONS, ...ADDRESS });

/**
 * A UDP socket, of IPv4 or IPv6. Messages arrive whole, each with the address of its sender, or not at all; they may be
 * empty. What options ask the kernel for comes in the `messages` of each, and `control` says for one message what else
 * is said by it: `{ control: [{ ttl: 3 }] }`, `tos`, `pktinfo` (the address to send from), `udp_segment` (the size of
 * the datagrams that the data is to be cut into), each by its name in ancillary/codec.
 */
export class UdpSocket extends MessageSocket<
  UdpMessage,
  UdpMessageHead,
  UdpSendOptions,
  UdpSendSyncOptions,
  UdpMessageToSend
> {
  private constructor(key: symbol, making: Making) {
    super(key, making, 'a UdpSocket cannot be made with new: use bind or connect');
  }

  /**
   * A socket bound to an address of this machine, to which others send (bind(2)). Throws `EADDRINUSE` where another has the
   * port, `EADDRNOTAVAIL` where the machine has no such address, `EACCES` for a port below 1024 that takes privileges.
   */
  static override bind(options?: UdpBindOptions): Promise<UdpSocket>;
  static override bind(options?: UdpBindOptions, surplus?: unknown): Promise<UdpSocket> {
    try {
      return succeed(bindUdp(options, surplus, 'bind', bind));
    } catch (error) {
      return fail(error);
    }
  }

  /** As `bind`: nothing in it needs to wait. */
  static bindSync(options?: UdpBindOptions): UdpSocket;
  static bindSync(options?: UdpBindOptions, surplus?: unknown): UdpSocket {
    return bindUdp(options, surplus, 'bindSync', bindSync);
  }

  /**
   * A socket connected to an address: sends go there, and only what comes from there is received (connect(2)). That
   * nobody is there is known when something has been sent: then the next call fails with `ECONNREFUSED`.
   */
  static connect(options: UdpConnectOptions): Promise<UdpSocket>;
  static connect(options: UdpConnectOptions, surplus?: unknown): Promise<UdpSocket> {
    try {
      return succeed(connectUdp(options, surplus, 'connect', connect));
    } catch (error) {
      return fail(error);
    }
  }

  /** As `connect`: nothing in it needs to wait. */
  static connectSync(options: UdpConnectOptions): UdpSocket;
  static connectSync(options: UdpConnectOptions, surplus?: unknown): UdpSocket {
    return connectUdp(options, surplus, 'connectSync', connectSync);
  }

  /**
   * Makes one of a UDP socket that this process has already, as `UnixStream.adopt` does: inherited from whoever bound it,
   * received as a descriptor. Options say what it is to bring from now on.
   */
  static adopt(fd: Adoptable, options?: UdpAdoptOptions): UdpSocket {
    const settings = udpSettingsOf(checkOptions(options, ADOPT_OPTIONS, 'adopt'));
    const nature = optionOf(fd, SO_DOMAIN) === AF_INET6 ? UDP6 : UDP4;
    const prepare = (number: number) => {
      if (getOption(number, SO_PROTOCOL) !== IPPROTO_UDP) {
        throw invalidArgument(`descriptor ${number} is a datagram socket of another protocol than UDP`);
      }
      applyUdpSettings(number, settings, nature.domain);
    };
    return adoptSocket(fd, nature, false, prepare, (owned, label) => wrap(owned, label, settings, nature), adopt);
  }

  /** Where it is: what it was bound to, or the kernel chose. */
  get address(): InetAddress {
    return decodeInetAddress(readNameBytes(numberOfSocket(this))) as InetAddress;
  }

  /** What it is connected to, if it is. */
  get peerAddress(): InetAddress | undefined {
    try {
      return decodeInetAddress(readNameBytes(numberOfSocket(this), 'getpeername'));
    } catch (error) {
      if ((error as { errno?: number }).errno === ENOTCONN) return undefined;
      throw error;
    }
  }

  /** As every socket's, and `errorQueue`. */
  override receive(
    options: ReceiveOptions & ErrorQueueOption & { into: Uint8Array | readonly Uint8Array[] },
  ): Promise<UdpMessageHead>;
  override receive(options?: ReceiveOptions & ErrorQueueOption): Promise<UdpMessage>;
  override receive(options?: ReceiveOptions): Promise<never> {
    return super.receive(options) as Promise<never>;
  }

  /** As every socket's, and `errorQueue`. */
  override receiveSync(
    options: ReceiveSyncOptions & ErrorQueueOption & { into: Uint8Array | readonly Uint8Array[] },
  ): UdpMessageHead;
  override receiveSync(options?: ReceiveSyncOptions & ErrorQueueOption): UdpMessage;
  override receiveSync(options?: ReceiveSyncOptions): UdpMessage {
    return super.receiveSync(options);
  }
}

// Not by the name of the class within it: the bundler would give it another one.
const { adopt, bind, bindSync, connect, connectSync } = UdpSocket;

type Caller = (...args: never[]) => unknown;

/** Unlike Unix sockets, whose address is an argument of its own. */
const ONE_OBJECT = 'address and options are one object';

function bindUdp(options: UdpBindOptions | undefined, surplus: unknown, api: string, caller: Caller): UdpSocket {
  refuseSurplus(surplus, api, ONE_OBJECT);
  const { address, port = 0, family, scope, ...rest } = checkOptions(options, BIND_OPTIONS, api);
  if (family !== undefined && family !== 4 && family !== 6) {
    throw invalidArgument(`family must be 4 or 6, not ${show(family)}`);
  }
  const any = family === 6 ? '::' : '0.0.0.0';
  const where = checkInetAddress({ address: address === undefined ? any : address, port, family, scope }, api, 0);
  return makeUdp(where, rest, `bound to ${where.label}`, caller, (fd) => {
    const { libc } = native();
    const bytes = encodeInetAddress(where, where.domain);
    const errno = withAddress(bytes, (at, size) => (libc.bind(numberOf(fd), at, size) < 0 ? libc.errno() : 0));
    if (errno !== 0) throw systemError('bind', errno, `to ${where.label}`, adviceFor(errno));
    const name = decodeInetAddress(readNameBytes(numberOf(fd)));
    return name ? labelOf(name) : where.label;
  });
}

function connectUdp(options: UdpConnectOptions, surplus: unknown, api: string, caller: Caller): UdpSocket {
  refuseSurplus(surplus, api, ONE_OBJECT);
  const { address, port, family, scope, ...rest } = checkOptions(options, CONNECT_OPTIONS, api);
  const peer = checkInetAddress({ address, port, family, scope }, api, 1);
  return makeUdp(peer, rest, `connected to ${peer.label}`, caller, (fd) => {
    const { libc } = native();
    const bytes = encodeInetAddress(peer, peer.domain);
    const errno = withAddress(bytes, (at, size) => (libc.connect(numberOf(fd), at, size) < 0 ? libc.errno() : 0));
    if (errno !== 0) throw systemError('connect', errno, `to ${peer.label}`, adviceFor(errno));
    return peer.label;
  });
}

/** A socket with its options, which `place` binds or connects, and names. */
function makeUdp(
  { domain }: CheckedAddress,
  options: UdpOptions,
  sentence: string,
  caller: Caller,
  place: (fd: OwnedFd) => string,
): UdpSocket {
  const settings = udpSettingsOf(options);
  if (settings.v6only && domain !== AF_INET6) throw invalidArgument('v6only: only an IPv6 socket can have it');
  const origin: Origin = originOf(sentence, caller);
  reserveStack();
  const nature = domain === AF_INET6 ? UDP6 : UDP4;
  const fd = makeSocket(origin, nature.type, domain);
  try {
    makeBlocking(fd);
    applyUdpSettings(numberOf(fd), settings, domain);
    return wrap(fd, place(fd), settings, nature);
  } catch (error) {
    fd[Symbol.dispose]();
    throw error;
  }
}

function wrap(fd: OwnedFd, label: string, { timestamps }: UdpSettings, nature: typeof UDP4): UdpSocket {
  type Make = new (key: symbol, making: Making) => UdpSocket;
  const encodeTo = (given: unknown) => {
    const address = checkInetAddress(given as InetTarget, 'to', 1);
    return { bytes: encodeInetAddress(address, nature.domain), label: address.label };
  };
  const settings = { ...NO_SETTINGS, timestamps };
  const making: Making = { fd, label, settings, nature, readFrom: decodeInetAddress, encodeTo, isStamped: false };
  return new (UdpSocket as unknown as Make)(KEY, making);
}

function adviceFor(errno: number): string {
  switch (errno) {
    case EADDRINUSE:
      return 'another socket has that port: choose another one, or 0 for a free one';
    case EADDRNOTAVAIL:
      return 'this machine has no such address';
    case EACCES:
      return 'ports below 1024 and broadcast addresses need more than this';
    case ENETUNREACH:
      return 'there is no way to that network from here';
    default:
      return '';
  }
}
