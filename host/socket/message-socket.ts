import { checkOptions, optionNames } from '../check/options.js';
import { refuseCallback } from '../check/surplus.js';
import { checkFunction } from '../check/values.js';
import { AncillaryError, invalidArgument } from '../errors/error.js';
import { type Origin, originOf } from '../fd/origin.js';
import { numberOf, type OwnedFd } from '../fd/owned-fd.js';
import { EAGAIN, systemError } from '../libc/errno.js';
import type { WaitOptions } from '../reactor/limit.js';
import { startedReactor } from '../reactor/reactor.js';
import { fail, GO_ON, NOT_YET, Pause, retry, succeed, untilReady } from '../reactor/wait.js';
import { setTimeout } from '../runtime/globals.js';
import { closeSocket } from './close-socket.js';
import type { Data } from './frame/data.js';
import { isReceivingWatched } from './frame/incoming-frame.js';
import type { Message, MessageHead } from './frame/message.js';
import { applySettings } from './options/socket-options.js';
import { endStamp, stamp } from './options/stamp.js';
import { attemptReceive, END, type Receiver } from './receiving/attempt-receive.js';
import { attemptReceiveMany } from './receiving/attempt-receive-many.js';
import { callBack } from './receiving/call-back.js';
import { type ReceiveOptions, type ReceiveSyncOptions, type Room, roomOf, roomWith } from './receiving/receive.js';
import {
  type ManyRoom,
  manyRoomOf,
  type ReceiveManyOptions,
  type ReceiveManySyncOptions,
} from './receiving/receive-many.js';
import type { Unread } from './receiving/unread.js';
import { whenHandedOn } from './sending/handed-on.js';
import { Outbox } from './sending/outbox.js';
import {
  checkMessage,
  checkMessages,
  type MessageToSend,
  type Sender,
  type SendOptions,
  type SendSyncOptions,
} from './sending/send.js';

/** What makes a socket of the library: its descriptor, its name in messages, and how it sends and receives. */
export interface Making extends Receiver, Sender {
  readonly fd: OwnedFd;
  readonly label: string;
  /** Of one that is closed otherwise than by its descriptor alone: what is done first. */
  readonly beforeClose?: (() => void) | undefined;
  /** Of a stream: what reads that ended early have left, which comes before what the kernel has. */
  readonly unread?: Unread | undefined;
}

const WAIT_OPTIONS = optionNames<WaitOptions>({ signal: true, timeout: true });

/** Only who has it can make a socket; anybody else is told how one is made. */
export const KEY = Symbol('sockets are made by the library');

/** The error of a wait whose socket was closed. */
export function closedError(what: string): AncillaryError {
  return new AncillaryError('ERR_CLOSED', `${what} was closed while this waited`);
}

/** The descriptor's number, for a system call within this library: it is not handed out. Throws as `fd` does. */
export let numberOfSocket: (socket: AnySocket) => number;

/** Whether nothing more may be sent, once what has begun is; for the half that closes. */
export let finishSending: (socket: AnySocket) => Promise<void>;

// biome-ignore lint/suspicious/noExplicitAny: whatever it receives.
export type AnySocket = MessageSocket<any, any, any, any, any>;

/** What a receive of many gives, where a receive of one gives `Received`: a list, or `null` at the end. */
export type Many<Received> = NonNullable<Received>[] | (null extends Received ? null : never);

/** How long a receive rests, in milliseconds, when epoll wakes it for an error that it does not take. */
const REST = 20;

/**
 * A socket that sends and receives messages, with descriptors and whatever other control messages: what stream,
 * seqpacket and datagram sockets have in common. `Received` is what a receive gives, `Into` what one with `into` gives.
 */
export abstract class MessageSocket<
  Received extends MessageHead | null = Message | null,
  Into extends MessageHead | null = MessageHead | null,
  Options extends SendOptions = SendOptions,
  OptionsSync extends SendSyncOptions = SendSyncOptions,
  Each extends MessageToSend = MessageToSend,
> {
  readonly #fd: OwnedFd;
  readonly #making: Making;
  readonly #label: string;
  /** Where the descriptors that come here come from. */
  readonly #origin: string;
  readonly #outbox: Outbox;
  /** The room of a receive that says nothing. */
  readonly #room: Room & WaitOptions;

  static {
    numberOfSocket = (socket) => socket.#number();
    finishSending = (socket) => socket.#outbox.finish();
  }

  /** @internal */
  protected constructor(key: symbol, making: Making, how: string) {
    if (key !== KEY) throw invalidArgument(how);
    const { fd, label, nature, settings } = making;
    this.#fd = fd;
    this.#making = making;
    this.#label = label;
    this.#origin = `received on ${label}`;
    this.#outbox = new Outbox(label, nature.isUnix);
    this.#room = roomWith(settings.maxFds ?? 0, !nature.isUnix);
    // Its number may be known from a socket that was closed behind our back.
    startedReactor()?.forget(numberOf(fd), closedError(label));
    applySettings(numberOf(fd), settings, nature);
    if (making.isStamped) {
      stamp(numberOf(fd));
      whenHandedOn(this, () => this.#endStamp());
    }
  }

  /** The socket's own descriptor, lent: this object closes it. */
  get fd(): number {
    const { fd } = this.#fd;
    this.#endStamp();
    return fd;
  }

  /** Who else receives here would find a control message that he has not asked for, perhaps where he has no room for it. */
  #endStamp(): void {
    if (!this.#making.isStamped || this.closed) return;
    this.#making.isStamped = false;
    endStamp(this.#number());
  }

  /** The same within the library: not handed out, and this object is not collected meanwhile. No getter: V8 calls out for a private one. */
  #number(): number {
    return numberOf(this.#fd);
  }

  /** Whether it has been closed or released. */
  get closed(): boolean {
    return this.#fd.closed;
  }

  /**
   * Sends all of `data`, a list of parts one behind the other; descriptors travel with its first byte. Resolves to its
   * length when the kernel has taken all. Calls are served in their order. One that has to wait copies up to 64 KiB of
   * its data (more must stay as it is) and duplicates its descriptors, which may be closed at once.
   */
  send(data: Data, options?: Options): Promise<number> {
    try {
      const message = checkMessage(data, options, this.#making, 'send');
      return this.#outbox.send(message, () => this.#number(), options ?? {});
    } catch (error) {
      return fail(error);
    }
  }

  /**
   * Sends what the socket has room for and returns how many bytes that was, of a record all; then the descriptors have
   * gone. Throws `EAGAIN` when there is no room at all.
   */
  sendSync(data: Data, options?: OptionsSync): number {
    return this.#outbox.sendSync(checkMessage(data, options, this.#making, 'sendSync'), this.#number());
  }

  /**
   * Sends the messages one behind the other, up to 64 with one system call (sendmmsg(2)), and nothing of anybody else
   * between them. Resolves to how many that were, all of them; an error carries `messagesSent`, how many went before it
   * happened, and `bytesSent` where a stream had taken a part of the next. Sends that have to wait are held as by `send`.
   */
  sendMany(messages: readonly Each[], options?: WaitOptions): Promise<number> {
    try {
      const wait = checkOptions(options, WAIT_OPTIONS, 'sendMany');
      const checked = checkMessages(messages, this.#making, 'sendMany');
      return this.#outbox.sendMany(checked, () => this.#number(), wait);
    } catch (error) {
      return fail(error);
    }
  }

  /**
   * Sends as many of the messages as the socket has room for, and returns how many, from the first on, that were. Throws
   * `EAGAIN` when there is no room at all; an error that happens later carries `messagesSent`. Of a stream that took a
   * message in part, `ERR_INTERRUPTED` carries `bytesSent` as well: the rest of that one is to be sent with
   * `{ resume: true }`, before anything else.
   */
  sendManySync(messages: readonly Each[]): number {
    return this.#outbox.sendManySync(checkMessages(messages, this.#making, 'sendManySync'), this.#number());
  }

  /** Receives what is there, or waits for it; of a connection that the peer has closed, `null`. */
  receive(options: ReceiveOptions & { into: Uint8Array | readonly Uint8Array[] }): Promise<Into>;
  receive(options?: ReceiveOptions): Promise<Received>;
  receive(options?: ReceiveOptions): Promise<never> {
    try {
      const room = roomOf(options, this.#room, 'receive');
      // Here, not when the message comes: by then nobody knows any more who asked.
      const origin = room.maxFds > 0 ? originOf(this.#origin, this.receive) : this.#origin;
      const attempt = (isReady = false) => {
        const message = this.#attempt(room, origin);
        return message === NOT_YET ? this.#notYet(isReady) : orNull(message);
      };
      const what = `receiving on ${this.#label}`;
      if (room.errorQueue) return retry(attempt, room, what) as Promise<never>;
      return untilReady(this.#number(), 'read', attempt, room, what, isReceivingWatched()) as Promise<never>;
    } catch (error) {
      return fail(error);
    }
  }

  /** Receives what is there, or throws `EAGAIN`; of a connection that the peer has closed, `null`. */
  receiveSync(options: ReceiveSyncOptions & { into: Uint8Array | readonly Uint8Array[] }): Into;
  receiveSync(options?: ReceiveSyncOptions): Received;
  receiveSync(options?: ReceiveSyncOptions): Received | Into {
    const room = roomOf(options, this.#room, 'receiveSync');
    if (!room.errorQueue) this.#refuseBusy();
    const message = this.#attempt(room, this.#origin, this.receiveSync);
    if (message === NOT_YET) throw systemError('recvmsg', EAGAIN, `on ${this.#label}`);
    return orNull(message) as unknown as Received;
  }

  /** One receive, of what has been left unread or of the socket. */
  #attempt(room: Room, origin: Origin, api?: (...args: never[]) => unknown): Message | typeof NOT_YET | typeof END {
    const fd = this.#number();
    const making = this.#making;
    if (making.unread !== undefined && making.unread.size > 0) return making.unread.receive(room);
    return attemptReceive(fd, room, making, origin, api);
  }

  /** The same of many; what has been left unread comes alone. */
  #attemptMany(room: ManyRoom, origin: Origin, api?: (...args: never[]) => unknown) {
    const fd = this.#number();
    const making = this.#making;
    if (making.unread === undefined || making.unread.size === 0)
      return attemptReceiveMany(fd, room, making, origin, api);
    const message = making.unread.receive(room);
    return message === NOT_YET ? NOT_YET : [message];
  }

  /**
   * Receives the messages that are there, up to 64 with one system call (recvmmsg(2)), or waits for the first; of a
   * connection that the peer has closed, `null`. Each is as `receive` gives it. One that did not come whole is thrown as
   * an error as ever; where it was not alone, `error.received` has all that came with it, in order: messages, whose
   * descriptors are the caller's to close, and errors. All descriptors of one system call are open before any of them is
   * looked at, up to 253 for each message: where strangers send, `most` bounds that.
   */
  receiveMany(options?: ReceiveManyOptions): Promise<Many<Received>> {
    try {
      const room = manyRoomOf(options, this.#room, 'receiveMany');
      const origin = room.maxFds > 0 ? originOf(this.#origin, this.receiveMany) : this.#origin;
      const attempt = (isReady: boolean) => {
        const messages = this.#attemptMany(room, origin);
        return messages === NOT_YET ? this.#notYet(isReady) : orNull(messages);
      };
      const what = `receiving on ${this.#label}`;
      const messages = untilReady(this.#number(), 'read', attempt, room, what, isReceivingWatched());
      return messages as unknown as Promise<Many<Received>>;
    } catch (error) {
      return fail(error);
    }
  }

  /** As `receiveMany`, of what is there; throws `EAGAIN` when that is nothing. */
  receiveManySync(options?: ReceiveManySyncOptions): Many<Received> {
    const room: ManyRoom = manyRoomOf(options, this.#room, 'receiveManySync');
    this.#refuseBusy();
    const messages = this.#attemptMany(room, this.#origin, this.receiveManySync);
    if (messages === NOT_YET) throw systemError('recvmmsg', EAGAIN, `on ${this.#label}`);
    return orNull(messages) as unknown as Many<Received>;
  }

  #refuseBusy(): void {
    if (!startedReactor()?.isBusy(this.#number(), 'read')) return;
    throw new AncillaryError('ERR_BUSY', `an asynchronous receive is waiting on ${this.#label}: await it first`);
  }

  /**
   * Where epoll has said that there is something and there is no message, it is an error that stands in a queue of its
   * own: epoll would say so again at once, for as long as nobody takes it.
   */
  #notYet(isReady: boolean): typeof NOT_YET | Pause {
    if (!isReady || this.#making.nature.isUnix) return NOT_YET;
    return new Pause(new Promise((resolve) => setTimeout(resolve, REST).unref()));
  }

  /**
   * Calls `onMessage` for every message, right in the event that brings it, and resolves when the peer has closed. A
   * promise that it returns is kept before the next message is received. Rejects when a receive fails, or when
   * `onMessage` throws: the descriptors of that message are closed then.
   */
  forEachMessage(
    onMessage: (message: NonNullable<Received>) => void | PromiseLike<void>,
    options?: ReceiveOptions,
  ): Promise<void> {
    try {
      checkFunction(onMessage, 'the callback of forEachMessage');
      const room = roomOf(options, this.#room, 'forEachMessage');
      const origin = room.maxFds > 0 ? originOf(this.#origin, this.forEachMessage) : this.#origin;
      let isInLine = false;
      const attempt = (isReady: boolean) => {
        const message = this.#attempt(room, origin);
        if (message === NOT_YET) return this.#notYet(isReady);
        if (message === END) return undefined;
        const pause = callBack(onMessage as unknown as (message: Message) => unknown, message);
        this.#making.unread?.offer(pause?.until);
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

  /**
   * The messages, one after the other, until the peer has closed. Nothing is read ahead: leaving the loop leaves the
   * socket open, with all that has not been received.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<NonNullable<Received>, void, undefined> {
    for (;;) {
      const message = await this.receive();
      if (message === null) return;
      yield message as NonNullable<Received>;
    }
  }

  /** Lets sends that have begun finish, then closes; none may begin meanwhile. */
  close(): Promise<void>;
  close(surplus?: unknown): Promise<void> {
    try {
      refuseCallback(surplus, 'close');
    } catch (error) {
      return fail(error);
    }
    if (this.closed) return succeed(undefined);
    return this.#outbox.finish().then(() => {
      // Not by Symbol.dispose: in a vm context, which Jest runs tests in, Node 20 has none.
      if (!this.closed) this.closeSync();
    });
  }

  /** Closes at once; whatever still waits on this socket fails with `ERR_CLOSED`. */
  closeSync(): void {
    this.#endWaits();
    try {
      this.#making.beforeClose?.();
    } finally {
      closeSocket(this.#fd);
    }
  }

  /** Gives the socket's descriptor away without closing it; whatever waits on it fails with `ERR_CLOSED`. */
  release(): number {
    this.#endWaits();
    this.#endStamp();
    return this.#fd.release();
  }

  #endWaits(): void {
    const error = closedError(this.#label);
    startedReactor()?.forget(this.#number(), error);
    this.#outbox.dismiss(error);
  }

  /** What console.log shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const { nature } = this.#making;
    return `${nature.name} { ${this.closed ? 'closed' : `fd: ${this.#number()}`}, ${nature.hasEnd ? 'peer' : 'name'}: '${this.#label}' }`;
  }

  /** As `closeSync`, unless that has been done: `using` does it. */
  [Symbol.dispose](): void {
    if (!this.closed) this.closeSync();
  }

  /** As `close`, which lets sends finish: `await using` does it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function orNull<T>(message: T | typeof END): T | null {
  return message === END ? null : (message as T);
}
