import { AncillaryError } from '../errors/error.js';
import { type Origin, originOf } from '../fd/origin.js';
import { numberOf, type OwnedFd, ownFd } from '../fd/owned-fd.js';
import { AF_UNIX, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_STREAM } from '../libc/constants.js';
import { EAGAIN, ECONNREFUSED, ENOENT, systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import { startedReactor } from '../reactor/reactor.js';
import { GO_ON, NOT_YET, retry, untilReady, type WaitOptions } from '../reactor/wait.js';
import { withAddress } from './address.js';
import type { Credentials } from './frame.js';
import { closedError, makeSocket, passCredentials } from './make-socket.js';
import { readPeerCredentials } from './peer.js';
import { attemptReceive, type Message, type ReceiveOptions, roomOf } from './receive.js';
import { attemptSend, checkMessage, type SendOptions } from './send.js';

export interface StreamOptions {
  /** Ask the kernel for the sender's credentials with every message (SO_PASSCRED). */
  credentials?: boolean;
}

/** One end of a connected Unix stream socket. */
export class UnixStream {
  readonly #fd: OwnedFd;
  readonly #label: string;
  /** Where the descriptors that come here come from. */
  readonly #origin: string;
  readonly #credentials: boolean;
  /** Settles when the latest send that waits is over, however. */
  #sending: Promise<void> | undefined;

  /** @internal */
  constructor(fd: OwnedFd, label: string, { credentials = false }: StreamOptions) {
    this.#fd = fd;
    this.#label = label;
    this.#origin = `received on ${label}`;
    this.#credentials = credentials;
    if (credentials) passCredentials(fd);
  }

  /** Connects to the listener at `path`; waits while its backlog is full. */
  static async connect(path: string, options: StreamOptions & WaitOptions = {}): Promise<UnixStream> {
    const origin = originOf(`connected to ${path}`, UnixStream.connect);
    // No event tells of room in a backlog.
    return retry(() => tryConnect(path, options, origin), options, `connecting to ${path}`);
  }

  /** Connects at once, or throws `EAGAIN` while the listener's backlog is full. */
  static connectSync(path: string, options: StreamOptions = {}): UnixStream {
    const stream = tryConnect(path, options, originOf(`connected to ${path}`, UnixStream.connectSync));
    if (stream === NOT_YET) throw systemError('connect', EAGAIN, `to ${path}`, 'its backlog is full: try again');
    return stream;
  }

  /** The socket's own descriptor, lent: this object closes it. */
  get fd(): number {
    return this.#fd.number;
  }

  /** The same within the library: not handed out, and this object is not collected meanwhile. */
  get #number(): number {
    return numberOf(this.#fd);
  }

  get closed(): boolean {
    return this.#fd.closed;
  }

  /** Who is at the other end, as the kernel noted it when the connection was made. */
  get peerCredentials(): Credentials {
    return readPeerCredentials(this.#number);
  }

  /**
   * Sends all of `data`; descriptors travel with its first byte. Resolves to its length when the kernel has taken all.
   * Calls are served in their order.
   */
  send(data: Uint8Array | string, options: SendOptions = {}): Promise<number> {
    try {
      const bytes = checkMessage(data, options);
      // As they are now: the caller may use the list for something else before this message's turn.
      const own = { ...options, fds: options.fds && [...options.fds] };
      let taken = 0;
      const attempt = () => {
        while (taken < bytes.length) {
          // Through this object, which must not be collected meanwhile.
          const part = attemptSend(this.#number, bytes, taken, own);
          if (part === NOT_YET) return NOT_YET;
          taken += part;
        }
        return taken;
      };
      const sent = untilReady(this.#number, 'write', attempt, options, `sending on ${this.#label}`);
      if (taken === bytes.length) return sent;
      const told = sent.catch((error) => {
        // Of an aborted or closed send the caller must know how much the peer will see.
        if (error instanceof AncillaryError && taken > 0) Object.assign(error, { bytesSent: taken });
        throw error;
      });
      this.#waitFor(told);
      return told;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Sends what the socket has room for and returns how many bytes that was; if it was any, the descriptors have gone.
   * Throws `EAGAIN` when there is no room at all.
   */
  sendSync(data: Uint8Array | string, options: SendOptions = {}): number {
    this.#refuseBusy('write', 'send');
    const taken = attemptSend(this.#number, checkMessage(data, options), 0, options);
    if (taken === NOT_YET) throw systemError('sendmsg', EAGAIN, `on ${this.#label}`);
    return taken;
  }

  /** Receives what is there, or waits for it. Empty data means that the peer has closed. */
  receive(options: ReceiveOptions = {}): Promise<Message> {
    try {
      const room = roomOf(options);
      // Here, not when the message comes: by then nobody knows any more who asked.
      const origin = room.maxFds > 0 ? originOf(this.#origin, this.receive) : this.#origin;
      const attempt = () => attemptReceive(this.#number, room, this.#credentials, origin);
      return untilReady(this.#number, 'read', attempt, options, `receiving on ${this.#label}`);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Receives what is there, or throws `EAGAIN`. */
  receiveSync(options: ReceiveOptions = {}): Message {
    this.#refuseBusy('read', 'receive');
    const room = roomOf(options);
    const message = attemptReceive(this.#number, room, this.#credentials, this.#origin, this.receiveSync);
    if (message === NOT_YET) throw systemError('recvmsg', EAGAIN, `on ${this.#label}`);
    return message;
  }

  /**
   * Calls `onMessage` for every message, right in the event that brings it, and resolves when the peer has closed.
   * Rejects when a receive fails or the callback throws.
   */
  forEachMessage(onMessage: (message: Message) => void, options: ReceiveOptions = {}): Promise<void> {
    try {
      const room = roomOf(options);
      const origin = room.maxFds > 0 ? originOf(this.#origin, this.forEachMessage) : this.#origin;
      const attempt = () => {
        const message = attemptReceive(this.#number, room, this.#credentials, origin);
        if (message === NOT_YET) return NOT_YET;
        if (message.data.length === 0) return undefined;
        onMessage(message);
        if (this.closed) throw closedError(this.#label);
        return GO_ON;
      };
      return untilReady(this.#number, 'read', attempt, options, `receiving on ${this.#label}`);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Lets sends that have begun finish, then closes. */
  async close(): Promise<void> {
    while (!this.closed && this.#sending) await this.#sending;
    this[Symbol.dispose]();
  }

  /** Closes at once; whatever still waits on this socket fails with `ERR_CLOSED`. */
  closeSync(): void {
    const fd = this.#number;
    startedReactor()?.forget(fd, closedError(this.#label));
    this.#fd.close();
  }

  [Symbol.dispose](): void {
    if (!this.closed) this.closeSync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Remembers the latest send that waits, for `close`. */
  #waitFor(sent: Promise<unknown>): void {
    const settled = sent
      .catch(() => undefined)
      .then(() => {
        if (this.#sending === settled) this.#sending = undefined;
      });
    this.#sending = settled;
  }

  #refuseBusy(direction: 'read' | 'write', verb: string): void {
    if (startedReactor()?.isBusy(this.#number, direction)) {
      throw new AncillaryError('ERR_BUSY', `an asynchronous ${verb} is waiting on ${this.#label}: await it first`);
    }
  }
}

/** Two connected ends. */
export function socketpair(options: StreamOptions = {}): [UnixStream, UnixStream] {
  const { libc, codec, base, scratch } = native();
  if (libc.socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, base + scratch) < 0) {
    throw systemError('socketpair', libc.errno(), '', 'close some descriptors');
  }
  const ends = [codec.view.getInt32(scratch, true), codec.view.getInt32(scratch + 4, true)] as const;
  const origin = originOf('made by socketpair', socketpair);
  const [a, b] = ends.map((fd) => ownFd(fd, origin)) as [OwnedFd, OwnedFd];
  try {
    const label = (end: OwnedFd) => `socketpair ${numberOf(end)}`;
    return [new UnixStream(a, label(a), options), new UnixStream(b, label(b), options)];
  } catch (error) {
    for (const end of [a, b]) end[Symbol.dispose]();
    throw error;
  }
}

function tryConnect(path: string, options: StreamOptions, origin: Origin): UnixStream | typeof NOT_YET {
  return withAddress(path, (address, size) => {
    const socket = makeSocket(origin);
    try {
      // Asked for before connecting, so that the very first message of the peer has them too.
      const stream = new UnixStream(socket, path, options);
      const { libc } = native();
      if (libc.connect(numberOf(socket), address, size) === 0) return stream;
      const errno = libc.errno();
      socket.close();
      if (errno === EAGAIN) return NOT_YET;
      const nobody = errno === ENOENT || errno === ECONNREFUSED;
      throw systemError('connect', errno, `to ${path}`, nobody ? 'nobody listens there: start the receiver first' : '');
    } catch (error) {
      socket[Symbol.dispose]();
      throw error;
    }
  });
}
