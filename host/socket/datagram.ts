import { checkOptions, optionNames } from '../check/options.js';
import { AncillaryError, invalidArgument } from '../errors/error.js';
import { originOf } from '../fd/origin.js';
import type { OwnedFd } from '../fd/owned-fd.js';
import type { WaitOptions } from '../reactor/limit.js';
import { fail, succeed } from '../reactor/wait.js';
import { reserveStack } from '../runtime/stack.js';
import {
  type BindAddress,
  checkAddress,
  checkBindAddress,
  decodeAddress,
  encodeAddress,
  type UnixAddress,
} from './address/address.js';
import type { Message, MessageHead } from './frame/message.js';
import { KEY, type Making, MessageSocket } from './message-socket.js';
import { readName } from './name.js';
import { type Adoptable, adoptSocket } from './opening/adopt.js';
import { bindSocket } from './opening/bind.js';
import { connectSocket, connectSocketSync } from './opening/connect.js';
import { absolutePath } from './opening/file.js';
import { makeBlocking, makeSocket } from './opening/make-socket.js';
import { checkMode, narrowMode } from './opening/mode.js';
import { SocketFile } from './opening/socket-file.js';
import { DATAGRAM } from './options/nature.js';
import {
  applySettings,
  type Settings,
  SOCKET_OPTIONS,
  type SocketOptions,
  settingsOf,
} from './options/socket-options.js';
import { whenHandedOn } from './sending/handed-on.js';
import type { Addressed, MessageToSend, SendOptions, SendSyncOptions } from './sending/send.js';

export interface BindOptions extends SocketOptions {
  /** Permissions of the socket file, such as 0o600; default what the umask leaves of 0o777. */
  mode?: number | undefined;
}

const ADOPT_OPTIONS = optionNames<SocketOptions>(SOCKET_OPTIONS);
const BIND_OPTIONS = optionNames<BindOptions>({ ...SOCKET_OPTIONS, mode: true });

/** A datagram, and who sent it: `undefined` for a socket that has no name. */
export interface Datagram extends Message {
  from: UnixAddress | undefined;
}

/** The same without the data, which is where `into` said. */
export interface DatagramHead extends MessageHead {
  from: UnixAddress | undefined;
}

/**
 * A Unix datagram socket. Messages arrive whole and in order, each with the address of its sender; they may be empty.
 * Bound to a path, its socket file is removed when it closes or the process ends, but not once the descriptor has been
 * given away with `release` or sent to another process.
 */
export class UnixDatagram extends MessageSocket<
  Datagram,
  DatagramHead,
  Addressed<SendOptions, UnixAddress>,
  Addressed<SendSyncOptions, UnixAddress>,
  Addressed<MessageToSend, UnixAddress>
> {
  readonly #file: SocketFile | undefined;

  private constructor(key: symbol, making: Making, file: SocketFile | undefined) {
    super(
      key,
      file ? { ...making, beforeClose: () => file.remove() } : making,
      'a UnixDatagram cannot be made with new: bind, connect or use socketpair()',
    );
    this.#file = file;
    if (file) whenHandedOn(this, () => file.leave());
  }

  /**
   * A socket bound to `address`, to which others send. A socket file there that is dead is replaced; where somebody is
   * bound, or where there is anything that is no socket, nothing is touched and `EADDRINUSE` is thrown.
   */
  static override bind(address: BindAddress, options?: BindOptions): Promise<UnixDatagram> {
    try {
      return succeed(bindDatagram(address, options, 'bind'));
    } catch (error) {
      return fail(error);
    }
  }

  /** As `bind`: nothing in it needs to wait. */
  static bindSync(address: BindAddress, options?: BindOptions): UnixDatagram {
    return bindDatagram(address, options, 'bindSync');
  }

  /** A socket without a name, connected to the one that is bound to `address`: sends go there, nobody can answer. */
  static connect(address: UnixAddress, options?: SocketOptions & WaitOptions): Promise<UnixDatagram> {
    return connectSocket(address, options, DATAGRAM, makeDatagram, connect);
  }

  /** As `connect`: nothing in it needs to wait. */
  static connectSync(address: UnixAddress, options?: SocketOptions): UnixDatagram {
    return connectSocketSync(address, options, DATAGRAM, makeDatagram, connectSync);
  }

  /**
   * Makes one of a datagram socket that this process has already, as `UnixStream.adopt` does. Its socket file is never
   * removed.
   */
  static adopt(fd: Adoptable, options?: SocketOptions): UnixDatagram {
    const settings = settingsOf(checkOptions(options, ADOPT_OPTIONS, 'adopt'), DATAGRAM);
    const prepare = (number: number) => applySettings(number, settings, DATAGRAM);
    return adoptSocket(fd, DATAGRAM, false, prepare, (owned, label) => makeDatagram(owned, label, settings), adopt);
  }

  /** Refuses: whoever sends is somebody else each time, and the kernel has noted nobody. */
  requirePeer(_peer: unknown): never {
    throw new AncillaryError(
      'ERR_UNSUPPORTED',
      'a datagram socket has no peer: make it with { credentials: true } and look at the credentials of each message',
    );
  }

  /** What it is bound to: where others send to it; undefined without a name. */
  get address(): UnixAddress | undefined {
    return readName(this);
  }

  /** Gives the descriptor away, and the socket file, which is left where it is. */
  override release(): number {
    const fd = super.release();
    this.#file?.leave();
    return fd;
  }
}

// Not by the name of the class within it: the bundler would give it another one.
const { adopt, connect, connectSync } = UnixDatagram;

/** A datagram socket, which is its own from now on; `file` is the one that it is bound to. */
export function makeDatagram(fd: OwnedFd, label: string, settings: Settings, file?: SocketFile): UnixDatagram {
  type Make = new (key: symbol, making: Making, file: SocketFile | undefined) => UnixDatagram;
  const making = { fd, label, settings, nature: DATAGRAM, readFrom: decodeAddress, encodeTo, isStamped: false };
  return new (UnixDatagram as unknown as Make)(KEY, making, file);
}

function encodeTo(given: unknown): { bytes: Uint8Array; label: string } {
  const address = checkAddress(given as UnixAddress);
  return { bytes: encodeAddress(address), label: address.label };
}

/** What can throw comes before bind, which makes a file appear; whatever fails after it takes that away again. */
function bindDatagram(given: BindAddress, options: BindOptions | undefined, name: 'bind' | 'bindSync'): UnixDatagram {
  const address = checkBindAddress(given);
  const checked = checkOptions(options, BIND_OPTIONS, name);
  const mode = checkMode(checked.mode);
  if (mode !== undefined && address.kind !== 'path') throw invalidArgument('mode: only a socket file has permissions');
  const settings = settingsOf(checked, DATAGRAM);
  const origin = originOf(`bound to ${address.label}`, UnixDatagram[name]);
  const absolute = address.path === undefined ? undefined : absolutePath(address.path);
  reserveStack('plenty');
  const fd = makeSocket(origin, DATAGRAM.type);
  let file: SocketFile | undefined;
  try {
    makeBlocking(fd);
    narrowMode(fd, mode);
    file = absolute === undefined ? undefined : new SocketFile(absolute, fd);
    const socket = makeDatagram(fd, address.label, settings, file);
    bindSocket(fd, address);
    file?.appear(mode, () => {});
    return socket;
  } catch (error) {
    file?.undo();
    fd[Symbol.dispose]();
    throw error;
  }
}
