import { checkFunction } from '../check/values.js';
import { AncillaryError, invalidArgument } from '../errors/error.js';
import { closeAll } from '../fd/close-all.js';
import { originOf } from '../fd/origin.js';
import { numberOf, type OwnedFd } from '../fd/owned-fd.js';
import { EAGAIN, systemError } from '../libc/errno.js';
import type { WaitOptions } from '../reactor/limit.js';
import { startedReactor } from '../reactor/reactor.js';
import { fail, GO_ON, NOT_YET, Pause, succeed, untilReady } from '../reactor/wait.js';
import { attemptReceive, END, type Receiver } from './attempt-receive.js';
import { closeSocket } from './close-socket.js';
import type { Data } from './data.js';
import { whenHandedOn } from './handed-on.js';
import { isReceivingWatched } from './incoming-frame.js';
import type { Message, MessageHead } from './message.js';
import { Outbox } from './outbox.js';
import { type ReceiveOptions, type ReceiveSyncOptions, type Room, roomOf, roomWith } from './receive.js';
import { checkMessage, type Sender, type SendOptions, type SendSyncOptions } from './send.js';
import { applySettings } from './socket-options.js';
import { endStamp, stamp } from './stamp.js';

/** What makes a socket of the library: its descriptor, its name in messages, and how it sends and receives. */
export interface Making extends Receiver, Sender {
  readonly fd: OwnedFd;
  readonly label: string;
  /** Of one that is closed otherwise than by its descriptor alone: what is done first. */
  readonly beforeClose?: (() => void) | undefined;
}

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
export type AnySocket = MessageSocket<any, any, any, any>;

/**
 * A socket that sends and receives messages, with descriptors and whatever other control messages: what stream,
 * seqpacket and datagram sockets have in common. `Received` is what a receive gives, `Into` what one with `into` gives.
 */
export abstract class MessageSocket<
  Received extends MessageHead | null = Message | null,
  Into extends MessageHead | null = MessageHead | null,
  Options extends SendOptions = SendOptions,
  OptionsSync extends SendSyncOptions = SendSyncOptions,
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
    this.#outbox = new Outbox(label);
    this.#room = roomWith(settings.maxFds ?? 0);
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

  /** Receives what is there, or waits for it; of a connection that the peer has closed, `null`. */
  receive(options: ReceiveOptions & { into: Uint8Array | readonly Uint8Array[] }): Promise<Into>;
  receive(options?: ReceiveOptions): Promise<Received>;
  receive(options?: ReceiveOptions): Promise<never> {
    try {
      const room = roomOf(options, this.#room, 'receive');
      // Here, not when the message comes: by then nobody knows any more who asked.
      const origin = room.maxFds > 0 ? originOf(this.#origin, this.receive) : this.#origin;
      const attempt = () => orNull(attemptReceive(this.#number(), room, this.#making, origin));
      const what = `receiving on ${this.#label}`;
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
    if (startedReactor()?.isBusy(this.#number(), 'read')) {
      throw new AncillaryError('ERR_BUSY', `an asynchronous receive is waiting on ${this.#label}: await it first`);
    }
    const message = attemptReceive(this.#number(), room, this.#making, this.#origin, this.receiveSync);
    if (message === NOT_YET) throw systemError('recvmsg', EAGAIN, `on ${this.#label}`);
    return orNull(message) as unknown as Received;
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
      const attempt = () => {
        const message = attemptReceive(this.#number(), room, this.#making, origin);
        if (message === NOT_YET) return NOT_YET;
        if (message === END) return undefined;
        const pause = callBack(onMessage as unknown as (message: Message) => unknown, message);
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
  close(): Promise<void> {
    return this.closed ? succeed(undefined) : this.#outbox.finish().then(() => this[Symbol.dispose]());
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

function closeThenFail({ fds, pidfd }: Message, error: unknown): never {
  try {
    closeAll(pidfd ? [...fds, pidfd] : fds);
  } catch {
    // Closed by their number before: what the callback says is what matters.
  }
  throw error;
}
