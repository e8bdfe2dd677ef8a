import { checkOptions, optionNames } from '../check/options.js';
import { checkBoolean, checkFunction } from '../check/values.js';
import { AncillaryError, invalidArgument } from '../errors/error.js';
import { closeAll } from '../fd/close-all.js';
import { originOf } from '../fd/origin.js';
import { numberOf, type OwnedFd } from '../fd/owned-fd.js';
import { EAGAIN, systemError } from '../libc/errno.js';
import type { WaitOptions } from '../reactor/limit.js';
import { startedReactor } from '../reactor/reactor.js';
import { fail, GO_ON, NOT_YET, Pause, succeed, untilReady } from '../reactor/wait.js';
import { closeSocket } from './close-socket.js';
import { connectStream, connectStreamSync } from './connect.js';
import type { Credentials } from './frame.js';
import { isReceivingWatched } from './incoming-frame.js';
import { makePair } from './make-pair.js';
import { closedError, keepOutOfBand, passCredentials, type StreamOptions } from './make-socket.js';
import { Outbox } from './outbox.js';
import { readPeerCredentials } from './peer.js';
import { attemptReceive, type Message, type ReceiveOptions, type ReceiveSyncOptions, roomOf } from './receive.js';
import { checkMessage, type SendOptions, type SendSyncOptions } from './send.js';

export type { StreamOptions };

const PAIR_OPTIONS = optionNames<StreamOptions>({ credentials: true });

/** Only who has it can make a stream. */
const KEY = Symbol('a UnixStream is made by the library');

/** One end of a connected Unix stream socket. */
export class UnixStream {
  readonly #fd: OwnedFd;
  readonly #label: string;
  /** Where the descriptors that come here come from. */
  readonly #origin: string;
  readonly #credentials: boolean;
  readonly #outbox: Outbox;

  private constructor(key: symbol, fd: OwnedFd, label: string, options: StreamOptions) {
    if (key !== KEY) throw invalidArgument('a UnixStream cannot be made with new: connect, accept or use socketpair()');
    this.#fd = fd;
    this.#label = label;
    this.#origin = `received on ${label}`;
    this.#outbox = new Outbox(label);
    this.#credentials = options.credentials ?? false;
    // Its number may be known from a socket that was closed behind our back.
    startedReactor()?.forget(numberOf(fd), closedError(label));
    keepOutOfBand(fd);
    if (this.#credentials) passCredentials(fd);
  }

  /** Connects to the listener at `path`; waits while its backlog is full. */
  static connect(path: string, options?: StreamOptions & WaitOptions): Promise<UnixStream> {
    return connectStream(path, options, makeStream, connect);
  }

  /** Connects at once, or throws `EAGAIN` while the listener's backlog is full. */
  static connectSync(path: string, options?: StreamOptions): UnixStream {
    return connectStreamSync(path, options, makeStream, connectSync);
  }

  /** The socket's own descriptor, lent: this object closes it. */
  get fd(): number {
    return this.#fd.fd;
  }

  /** The same within the library: not handed out, and this object is not collected meanwhile. No getter: V8 calls out for a private one. */
  #number(): number {
    return numberOf(this.#fd);
  }

  get closed(): boolean {
    return this.#fd.closed;
  }

  /** Who is at the other end, as the kernel noted it when the connection was made. */
  get peerCredentials(): Credentials {
    return readPeerCredentials(this.#number());
  }

  /**
   * Sends all of `data`; descriptors travel with its first byte. Resolves to its length when the kernel has taken all.
   * Calls are served in their order. One that has to wait copies up to 64 KiB of its data (more must stay as it is) and
   * duplicates its descriptors, which may be closed at once.
   */
  send(data: Uint8Array | string, options?: SendOptions): Promise<number> {
    try {
      return this.#outbox.send(checkMessage(data, options, 'send'), () => this.#number(), options ?? {});
    } catch (error) {
      return fail(error);
    }
  }

  /**
   * Sends what the socket has room for and returns how many bytes that was; if it was any, the descriptors have gone.
   * Throws `EAGAIN` when there is no room at all.
   */
  sendSync(data: Uint8Array | string, options?: SendSyncOptions): number {
    return this.#outbox.sendSync(checkMessage(data, options, 'sendSync'), this.#number());
  }

  /** Receives what is there, or waits for it. Empty data means that the peer has closed. */
  receive(options?: ReceiveOptions): Promise<Message> {
    try {
      const room = roomOf(options, 'receive');
      // Here, not when the message comes: by then nobody knows any more who asked.
      const origin = room.maxFds > 0 ? originOf(this.#origin, this.receive) : this.#origin;
      const attempt = () => attemptReceive(this.#number(), room, this.#credentials, origin);
      return untilReady(this.#number(), 'read', attempt, room, `receiving on ${this.#label}`, isReceivingWatched());
    } catch (error) {
      return fail(error);
    }
  }

  /** Receives what is there, or throws `EAGAIN`. */
  receiveSync(options?: ReceiveSyncOptions): Message {
    const room = roomOf(options, 'receiveSync');
    if (startedReactor()?.isBusy(this.#number(), 'read')) {
      throw new AncillaryError('ERR_BUSY', `an asynchronous receive is waiting on ${this.#label}: await it first`);
    }
    const message = attemptReceive(this.#number(), room, this.#credentials, this.#origin, this.receiveSync);
    if (message === NOT_YET) throw systemError('recvmsg', EAGAIN, `on ${this.#label}`);
    return message;
  }

  /**
   * Calls `onMessage` for every message, right in the event that brings it, and resolves when the peer has closed. A
   * promise that it returns is kept before the next message is received. Rejects when a receive fails, or when
   * `onMessage` throws: the descriptors of that message are closed then.
   */
  forEachMessage(onMessage: (message: Message) => void | PromiseLike<void>, options?: ReceiveOptions): Promise<void> {
    try {
      checkFunction(onMessage, 'the callback of forEachMessage');
      const room = roomOf(options, 'forEachMessage');
      const origin = room.maxFds > 0 ? originOf(this.#origin, this.forEachMessage) : this.#origin;
      let isInLine = false;
      const attempt = () => {
        const message = attemptReceive(this.#number(), room, this.#credentials, origin);
        if (message === NOT_YET) return NOT_YET;
        if (message.data.length === 0) return undefined;
        const pause = callBack(onMessage, message);
        // Closed by the callback: in line, that has ended the wait already.
        if (!this.closed || (isInLine && pause)) return pause ?? GO_ON;
        const closed = closedError(this.#label);
        if (!pause) throw closed;
        return pause.until.then((): never => {
          throw closed;
        });
      };
      const end = untilReady(this.#number(), 'read', attempt, room, `receiving on ${this.#label}`, true);
      isInLine = true;
      return end;
    } catch (error) {
      return fail(error);
    }
  }

  /** Lets sends that have begun finish, then closes; none may begin meanwhile. */
  close(): Promise<void> {
    return this.closed ? succeed(undefined) : this.#outbox.finish().then(() => this[Symbol.dispose]());
  }

  /** Closes at once; whatever still waits on this socket fails with `ERR_CLOSED`. */
  closeSync(): void {
    const fd = this.#number();
    startedReactor()?.forget(fd, closedError(this.#label));
    closeSocket(this.#fd);
  }

  /** Gives the socket's descriptor away without closing it; whatever waits on it fails with `ERR_CLOSED`. */
  release(): number {
    startedReactor()?.forget(this.#number(), closedError(this.#label));
    return this.#fd.release();
  }

  /** What console.log shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `UnixStream { ${this.closed ? 'closed' : `fd: ${this.#number()}`}, peer: '${this.#label}' }`;
  }

  [Symbol.dispose](): void {
    if (!this.closed) this.closeSync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

// Not by the name of the class within it: the bundler would give it another one.
const { connect, connectSync } = UnixStream;

/** A stream over a connected socket, which is its own from now on. */
export function makeStream(fd: OwnedFd, label: string, options: StreamOptions): UnixStream {
  type Make = new (key: symbol, fd: OwnedFd, label: string, options: StreamOptions) => UnixStream;
  return new (UnixStream as unknown as Make)(KEY, fd, label, options);
}

/** Calls back for one message; its descriptors are closed when that fails. */
function callBack(onMessage: (message: Message) => unknown, message: Message): Pause | undefined {
  let answer: PromiseLike<unknown> | undefined;
  try {
    answer = onMessage(message) as PromiseLike<unknown> | undefined;
    if (typeof answer?.then !== 'function') return undefined;
  } catch (error) {
    closeThenFail(message, error);
  }
  return new Pause(Promise.resolve(answer).then(undefined, (error: unknown) => closeThenFail(message, error)));
}

function closeThenFail({ fds }: Message, error: unknown): never {
  try {
    closeAll(fds);
  } catch {
    // Closed by their number before: what the callback says is what matters.
  }
  throw error;
}

/** Two connected ends. */
export function socketpair(options?: StreamOptions): [UnixStream, UnixStream] {
  const checked = checkOptions(options, PAIR_OPTIONS, 'socketpair');
  checkBoolean(checked.credentials, 'credentials');
  const origin = originOf('made by socketpair', socketpair);
  const [a, b] = makePair(origin);
  try {
    const label = (end: OwnedFd) => `socketpair ${numberOf(end)}`;
    return [makeStream(a, label(a), checked), makeStream(b, label(b), checked)];
  } catch (error) {
    for (const end of [a, b]) end[Symbol.dispose]();
    throw error;
  }
}
