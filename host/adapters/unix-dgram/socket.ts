import { EventEmitter } from 'node:events';
import {
  AncillaryError,
  attemptReceive,
  attemptSend,
  byteLengthOf,
  checkInteger,
  checkMessage,
  closeAside,
  DATAGRAM,
  EAGAIN,
  EBADF,
  ENOBUFS,
  encodeAddress,
  FIONREAD,
  GO_ON,
  invalidArgument,
  isBytes,
  makeBlocking,
  makeDatagram,
  makeSocket,
  NOT_YET,
  native,
  numberOf,
  type OwnedFd,
  roomWith,
  SCM_MAX_FD,
  settingsOf,
  show,
  takeFd,
  throwLater,
  type UnixDatagram,
  untilEvent,
  untilReady,
  viewOf,
  withAddress,
} from '../base.js';
import { type Address, addressAt, decodePath } from './address.js';
import { asErrnoError, congestionError, errnoError } from './errors.js';

const { nextTick } = process;

/** What comes with a message. */
export interface MessageInfo {
  /** Bytes of the message. */
  size: number;
  /** Always empty. */
  address: Record<string, never>;
  /** What the sender is bound to; null for nothing, or an abstract name. */
  path: string | null;
}

type Callback = (error?: AncillaryError) => void;

/** The data that there is room for at least; a longer datagram gets as much as it needs. */
const ROOM = 65536;

/** What may pass, and leaves the socket as it was; anything else is the end of receiving. */
const PASSING = new Set(['ECONNRESET', 'ECONNREFUSED', 'ENOBUFS', 'ENOMEM', 'EINTR']);

const SENDER = { nature: DATAGRAM, encodeTo: (address: unknown) => address as { bytes: Uint8Array; label: string } };

/** A socket of the package `unix-dgram`. */
export class Socket extends EventEmitter {
  /** The descriptor, lent; -1 once it is closed. */
  fd: number;
  /** `unix_dgram`. */
  readonly type: string;
  /** Whether `connect` has succeeded. */
  connected = false;
  readonly #fd: OwnedFd;
  readonly #socket: UnixDatagram;
  #isWaiting = false;

  /** As `createSocket`. */
  constructor(type: string, listener?: (message: Buffer, info: MessageInfo) => void) {
    super();
    if (type !== 'unix_dgram') throw invalidArgument(`Unsupported socket type: ${show(type)}`);
    try {
      this.#fd = makeSocket('made by createSocket', DATAGRAM.type);
    } catch (error) {
      throw asErrnoError(error, 'socket');
    }
    makeBlocking(this.#fd);
    this.#socket = makeDatagram(this.#fd, 'a unix_dgram socket', settingsOf({ maxFds: Infinity }, DATAGRAM));
    this.fd = this.#socket.fd;
    this.type = type;
    if (typeof listener === 'function') this.on('message', listener);
    this.#receive();
  }

  /** Binds to a path, where there must be nothing yet; emits `listening`, or `error`. */
  bind(path: string): void {
    const errno = this.#call('bind', addressAt(path));
    if (errno === 0) this.emit('listening');
    else this.emit('error', errnoError(errno, 'bind', path));
  }

  /** Has `send` go to a path from now on; emits `connect`, or `error`. */
  connect(path: string): void {
    const errno = this.#call('connect', addressAt(path));
    if (errno === 0) {
      this.connected = true;
      this.emit('connect');
    } else this.emit('error', errnoError(errno, 'connect', path));
  }

  #call(name: 'bind' | 'connect', address: Address): number {
    if (address.errno !== undefined) return address.errno;
    if (this.#fd.closed) return EBADF;
    const { libc } = native();
    return withAddress(encodeAddress(address.checked), (at, size) =>
      libc[name](numberOf(this.#fd), at, size) < 0 ? libc.errno() : 0,
    );
  }

  /**
   * Sends to where the socket is connected, or `length` bytes from `offset` on to a path. Calls back within the call; a
   * failure without a callback is an `error`. While the connected peer takes no more the message is not sent, the
   * callback gets an error with code 1, or else `congestion` is emitted with the message, and later `writable`.
   */
  send(message: Uint8Array, callback?: (error?: AncillaryError) => void): void;
  /** The same to a path. */
  send(
    message: Uint8Array,
    offset: number,
    length: number,
    path: string,
    callback?: (error?: AncillaryError) => void,
  ): void;
  send(message: Uint8Array, second?: number | Callback, length?: number, path?: string, last?: Callback): void {
    if (!isBytes(message)) throw invalidArgument(`a message must be a Buffer, not ${show(message)}`);
    const callback = typeof second === 'function' ? second : last;
    const error =
      path === undefined
        ? this.#sendTo(message, undefined)
        : this.#sendTo(part(message, second as number, length as number), addressAt(path));
    if (typeof callback === 'function') {
      if (error) callback(error);
      else callback();
    } else if (error) {
      if (error.errno === undefined) this.emit('congestion', message);
      else this.emit('error', error);
    }
  }

  /** As `send` with a path. */
  sendto(
    message: Uint8Array,
    offset: number,
    length: number,
    path: string,
    callback?: (error?: AncillaryError) => void,
  ): void {
    this.send(message, offset, length, path, callback);
  }

  #sendTo(message: Uint8Array, address: Address | undefined): AncillaryError | undefined {
    if (address?.errno !== undefined) return errnoError(address.errno, 'send');
    if (this.#fd.closed) return errnoError(EBADF, 'send', 'the socket is closed');
    try {
      const to = address && { bytes: encodeAddress(address.checked), label: address.checked.label };
      const outgoing = checkMessage(message, to ? { to } : undefined, SENDER, 'sendSync');
      if (attemptSend(numberOf(this.#fd), outgoing, 0) !== NOT_YET) return undefined;
      if (to) return errnoError(EAGAIN, 'send', 'the receiver takes no more now');
    } catch (error) {
      const failure = asErrnoError(error, 'send');
      if (address || failure.errno !== -ENOBUFS) return failure;
    }
    this.#awaitRoom();
    return congestionError();
  }

  #awaitRoom(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    const over = () => {
      this.#isWaiting = false;
    };
    untilEvent(numberOf(this.#fd), 'write', 'waiting for room').then(() => {
      over();
      nextTick(() => {
        if (!this.#fd.closed) this.emit('writable');
      });
    }, over);
  }

  /** Receives until the socket is closed. */
  #receive(): void {
    const number = numberOf(this.#fd);
    const receiver = {
      ...SENDER,
      settings: settingsOf({ maxFds: Infinity }, DATAGRAM),
      readFrom: decodePath,
      isStamped: false,
    };
    const room = roomWith(SCM_MAX_FD, false);
    const attempt = () => {
      try {
        const maxData = Math.max(ROOM, nextSize(number));
        const message = attemptReceive(number, { ...room, maxData }, receiver, 'received on a unix_dgram socket');
        if (typeof message === 'symbol') return NOT_YET;
        // Nobody here has asked for descriptors.
        closeAside(message.fds.map(takeFd));
        this.#tell(message.data, (message as { from?: string | null }).from ?? null);
      } catch (error) {
        const { code, data, from, errno } = error as AncillaryError;
        // The descriptors that found no room were not wanted: the data is whole.
        if (code === 'ERR_TRUNCATED' && data) this.#tell(Buffer.from(data), (from as string | undefined) ?? null);
        else {
          this.#protect(() => this.emit('error', errno === undefined ? error : asErrnoError(error, 'recv')));
          if (!PASSING.has(code)) return undefined;
        }
      }
      return GO_ON;
    };
    // Ends when the socket is closed, which nobody need be told.
    untilReady(number, 'read', attempt, {}, 'receiving', true).catch(() => {});
  }

  #tell(message: Buffer, path: string | null): void {
    this.#protect(() => this.emit('message', message, { size: message.length, address: {}, path }));
  }

  /** What a listener throws is an uncaught exception, and no failure of the socket. */
  #protect(work: () => void): void {
    try {
      work();
    } catch (error) {
      throwLater(error);
    }
  }

  /** Closes the socket; the file that it was bound to stays. */
  close(): void {
    if (this.#fd.closed) throw errnoError(EBADF, 'close', 'the socket is closed');
    this.#socket.closeSync();
    this.fd = -1;
  }

  /** Throws: not implemented, as in the package. */
  address(): never {
    throw notImplemented();
  }
  /** Throws: not implemented, as in the package. */
  setTTL(): never {
    throw notImplemented();
  }
  /** Throws: not implemented, as in the package. */
  setBroadcast(): never {
    throw notImplemented();
  }
  /** Throws: not implemented, as in the package. */
  setMulticastTTL(): never {
    throw notImplemented();
  }
  /** Throws: not implemented, as in the package. */
  setMulticastLoopback(): never {
    throw notImplemented();
  }
  /** Throws: not implemented, as in the package. */
  addMembership(): never {
    throw notImplemented();
  }
  /** Throws: not implemented, as in the package. */
  dropMembership(): never {
    throw notImplemented();
  }
}

function notImplemented(): AncillaryError {
  return new AncillaryError('ERR_UNSUPPORTED', 'not implemented');
}

/** `length` bytes from `offset` on. */
function part(message: Uint8Array, offset: number, length: number): Uint8Array {
  const size = byteLengthOf(message);
  checkInteger(offset, 'offset', 0, size);
  checkInteger(length, 'length', 0, size - offset);
  return viewOf(message, offset, offset + length);
}

/** How long the next datagram is, if one is there. */
function nextSize(fd: number): number {
  const { libc, codec, base, scratch } = native();
  return libc.ioctl(fd, FIONREAD, base + scratch) === 0 ? codec.view.getInt32(scratch, true) : 0;
}
