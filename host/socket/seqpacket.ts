import { checkOptions, optionNames } from '../check/options.js';
import type { OwnedFd } from '../fd/owned-fd.js';
import type { WaitOptions } from '../reactor/limit.js';
import type { UnixAddress } from './address/address.js';
import { ConnectedSocket } from './connected-socket.js';
import { KEY, type Making } from './message-socket.js';
import { type Adoptable, adoptSocket } from './opening/adopt.js';
import { connectSocket, connectSocketSync } from './opening/connect.js';
import { SEQPACKET } from './options/nature.js';
import {
  applySettings,
  type Settings,
  SOCKET_OPTIONS,
  type SocketOptions,
  settingsOf,
} from './options/socket-options.js';

const OPTIONS = optionNames<SocketOptions>(SOCKET_OPTIONS);

/**
 * One end of a connected Unix seqpacket socket: records arrive whole and in order, with the descriptors they were sent
 * with, and may be empty.
 */
export class UnixSeqpacket extends ConnectedSocket {
  private constructor(key: symbol, making: Making) {
    super(key, making, 'a UnixSeqpacket cannot be made with new: connect, accept or use socketpair()');
  }

  /** Connects to the listener at `address`; waits while its backlog is full. */
  static connect(address: UnixAddress, options?: SocketOptions & WaitOptions): Promise<UnixSeqpacket> {
    return connectSocket(address, options, SEQPACKET, makeSeqpacket, connect);
  }

  /** Connects at once, or throws `EAGAIN` while the listener's backlog is full. */
  static connectSync(address: UnixAddress, options?: SocketOptions): UnixSeqpacket {
    return connectSocketSync(address, options, SEQPACKET, makeSeqpacket, connectSync);
  }

  /**
   * Makes one of a connected socket that this process has already: inherited, received, handed over. It is this object's
   * to close from now on, and close-on-exec; its O_NONBLOCK is left as it is, which others may share. What is no such
   * socket is refused, and stays the caller's.
   */
  static adopt(fd: Adoptable, options?: SocketOptions): UnixSeqpacket {
    const settings = settingsOf(checkOptions(options, OPTIONS, 'adopt'), SEQPACKET);
    const prepare = (number: number) => applySettings(number, settings, SEQPACKET);
    return adoptSocket(fd, SEQPACKET, false, prepare, (owned, label) => makeSeqpacket(owned, label, settings), adopt);
  }
}

// Not by the name of the class within it: the bundler would give it another one.
const { adopt, connect, connectSync } = UnixSeqpacket;

/** A seqpacket socket over a connected socket, which is its own from now on. */
export function makeSeqpacket(fd: OwnedFd, label: string, settings: Settings): UnixSeqpacket {
  type Make = new (key: symbol, making: Making) => UnixSeqpacket;
  const making = {
    fd,
    label,
    settings,
    nature: SEQPACKET,
    readFrom: undefined,
    encodeTo: undefined,
    isStamped: !settings.timestamps,
  };
  return new (UnixSeqpacket as unknown as Make)(KEY, making);
}
