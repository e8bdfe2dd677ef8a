import { checkOptions, optionNames } from '../check/options.js';
import type { OwnedFd } from '../fd/owned-fd.js';
import type { WaitOptions } from '../reactor/limit.js';
import type { UnixAddress } from './address.js';
import { type Adoptable, adoptSocket } from './adopt.js';
import { connectSocket, connectSocketSync } from './connect.js';
import { ConnectedSocket } from './connected-socket.js';
import { KEY, type Making } from './message-socket.js';
import { STREAM } from './nature.js';
import { applySettings, type Settings, SOCKET_OPTIONS, type SocketOptions, settingsOf } from './socket-options.js';

const OPTIONS = optionNames<SocketOptions>(SOCKET_OPTIONS);

/**
 * One end of a connected Unix stream socket. What a peer sends out of band (MSG_OOB, Linux 5.15) comes in its place among
 * the other bytes, with the descriptors that it was sent with.
 */
export class UnixStream extends ConnectedSocket {
  private constructor(key: symbol, making: Making) {
    super(key, making, 'a UnixStream cannot be made with new: connect, accept or use socketpair()');
  }

  /** Connects to the listener at `address`; waits while its backlog is full. */
  static connect(address: UnixAddress, options?: SocketOptions & WaitOptions): Promise<UnixStream> {
    return connectSocket(address, options, STREAM, makeStream, connect);
  }

  /** Connects at once, or throws `EAGAIN` while the listener's backlog is full. */
  static connectSync(address: UnixAddress, options?: SocketOptions): UnixStream {
    return connectSocketSync(address, options, STREAM, makeStream, connectSync);
  }

  /**
   * Makes one of a connected socket that this process has already: inherited, received, handed over. It is this object's
   * to close from now on, and close-on-exec; its O_NONBLOCK is left as it is, which others may share. What is no such
   * socket is refused, and stays the caller's.
   */
  static adopt(fd: Adoptable, options?: SocketOptions): UnixStream {
    const settings = settingsOf(checkOptions(options, OPTIONS, 'adopt'), STREAM);
    const prepare = (number: number) => applySettings(number, settings, STREAM);
    return adoptSocket(fd, STREAM, false, prepare, (owned, label) => makeStream(owned, label, settings), adopt);
  }
}

// Not by the name of the class within it: the bundler would give it another one.
const { adopt, connect, connectSync } = UnixStream;

/** A stream over a connected socket, which is its own from now on. */
export function makeStream(fd: OwnedFd, label: string, settings: Settings): UnixStream {
  type Make = new (key: symbol, making: Making) => UnixStream;
  const making = { fd, label, settings, nature: STREAM, readFrom: undefined, encodeTo: undefined, isStamped: false };
  return new (UnixStream as unknown as Make)(KEY, making);
}
