import { inspect } from 'node:util';
import { escapeControls } from '../check/escape.js';
import { checkOptions, optionNames } from '../check/options.js';
import { refuseCallback } from '../check/surplus.js';
import { AncillaryError, invalidArgument } from '../errors/error.js';
import { type Origin, originOf } from '../fd/origin.js';
import { numberOf, type OwnedFd } from '../fd/owned-fd.js';
import { EAGAIN, systemError } from '../libc/errno.js';
import type { WaitOptions } from '../reactor/limit.js';
import { reactor, startedReactor } from '../reactor/reactor.js';
import { fail, NOT_YET, succeed, untilReady } from '../reactor/wait.js';
import { type Address, decodeAddress, type UnixAddress } from './address/address.js';
import { closeListener } from './close-socket.js';
import { closedError, KEY } from './message-socket.js';
import { readNameBytes } from './name.js';
import { acceptFrom } from './opening/accept.js';
import type { SocketMaker } from './opening/connect.js';
import { Rest } from './opening/rest.js';
import type { SocketFile } from './opening/socket-file.js';
import { type Nature, STREAM } from './options/nature.js';
import type { Settings } from './options/socket-options.js';
import { whenHandedOn } from './sending/handed-on.js';

const ACCEPT_OPTIONS = optionNames<WaitOptions>({ signal: true, timeout: true });

/** Those that keep the loop alive: what is kept is not collected either. */
const held = new Map<Listener<unknown>, () => void>();

/** What makes a listener. */
export interface Listening<Accepted> {
  readonly fd: OwnedFd;
  readonly nature: Nature;
  readonly address: Address;
  /** Of a socket file: undefined for an abstract name. */
  readonly file: SocketFile | undefined;
  /** What connections are made with. */
  readonly settings: Settings;
  readonly make: SocketMaker<Accepted>;
}

/**
 * A Unix socket that accepts connections. While it is open it keeps the process alive, as net.Server does, unless
 * `unref` is called. Its socket file is removed when it closes or the process ends, but not once the descriptor has been
 * given away with `release` or sent to another process.
 */
export abstract class Listener<Accepted> {
  readonly #fd: OwnedFd;
  readonly #listening: Listening<Accepted>;
  readonly #file: SocketFile | undefined;
  /** The address, for errors. */
  readonly #label: string;
  readonly #rest = new Rest();

  /** @internal */
  protected constructor(key: symbol, listening: Listening<Accepted>) {
    if (key !== KEY) {
      throw invalidArgument('a listener cannot be made with new: UnixListener.listen() returns one');
    }
    const { fd, file, address } = listening;
    this.#listening = listening;
    this.#label = address.label;
    this.#fd = fd;
    this.#file = file;
    whenHandedOn(this, () => file?.leave());
  }

  /** The path of its socket file, as it was given; empty for an abstract name. */
  get path(): string {
    return this.#listening.address.path ?? '';
  }

  /** Where it listens: what connects there is accepted here. A name that the kernel chose stands here, too. */
  get address(): UnixAddress {
    return decodeAddress(readNameBytes(this.#number)) as UnixAddress;
  }

  /** The socket's own descriptor, lent: this object closes it. */
  get fd(): number {
    return this.#fd.fd;
  }

  /** The same within the library: not handed out, and this object is not collected meanwhile. */
  get #number(): number {
    return numberOf(this.#fd);
  }

  /** Whether it has been closed or released. */
  get closed(): boolean {
    return this.#fd.closed;
  }

  /** Keeps the process alive while this is open, which is so from the start. */
  ref(): this {
    if (!this.closed && !held.has(this)) held.set(this, reactor().hold());
    return this;
  }

  /** Lets the process end although this is open; an accept that waits still keeps it alive. */
  unref(): this {
    held.get(this)?.();
    held.delete(this);
    return this;
  }

  /** The next connection. After one that failed for want of descriptors or memory it first rests for a moment. */
  accept(options?: WaitOptions): Promise<Accepted> {
    try {
      const wait = checkOptions(options, ACCEPT_OPTIONS, 'accept');
      const origin = originOf(`accepted at ${this.#label}`, this.accept);
      const what = `accepting at ${this.#label}`;
      const accept = (left: WaitOptions) => untilReady(this.#number, 'read', () => this.#attempt(origin), left, what);
      if (!this.#rest.isOn) return accept(wait);
      return this.#rest.over(wait, what, () => this.#checkOpen()).then(accept);
    } catch (error) {
      return fail(error);
    }
  }

  /** A connection that is waiting, or `EAGAIN`. */
  acceptSync(): Accepted {
    if (startedReactor()?.isBusy(this.#number, 'read')) {
      throw new AncillaryError('ERR_BUSY', `an asynchronous accept is waiting at ${this.#label}: await it first`);
    }
    const stream = this.#attempt(originOf(`accepted at ${this.#label}`, this.acceptSync));
    if (stream === NOT_YET) throw systemError('accept4', EAGAIN, `at ${this.#label}`);
    return stream as Accepted;
  }

  /**
   * The connections, one after the other. Nothing is accepted ahead: leaving the loop leaves the listener open, and
   * closing it ends the loop.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Accepted, void, undefined> {
    while (!this.closed) {
      let accepted: Accepted;
      try {
        accepted = await this.accept();
      } catch (error) {
        if (this.closed && (error as AncillaryError).code === 'ERR_CLOSED') return;
        throw error;
      }
      yield accepted;
    }
  }

  /** Stops listening and removes the socket file. */
  close(): Promise<void>;
  close(surplus?: unknown): Promise<void> {
    try {
      refuseCallback(surplus, 'close');
      // Not by Symbol.dispose: see MessageSocket.
      if (!this.closed) this.closeSync();
      return succeed(undefined);
    } catch (error) {
      return fail(error);
    }
  }

  /** Stops listening and removes the socket file; whatever waits for a connection fails with `ERR_CLOSED`. */
  closeSync(): void {
    this.#endWaits();
    try {
      // The file first: once the socket is closed a newcomer could have put its own there.
      this.#file?.remove();
    } finally {
      closeListener(this.#fd);
    }
  }

  /**
   * Gives the listening descriptor away, and returns its number: the caller closes it from now on, and removes the
   * socket file, which is left where it is. The descriptor is non-blocking and close-on-exec.
   */
  release(): number {
    this.#endWaits();
    this.#file?.leave();
    return this.#fd.release();
  }

  /** As `closeSync`, unless that has been done: `using` does it. */
  [Symbol.dispose](): void {
    if (!this.closed) this.closeSync();
  }

  /** As `close`: `await using` does it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** What console.log shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const state = this.closed ? 'closed' : `fd: ${this.#number}`;
    const { nature, address } = this.#listening;
    const name = nature === STREAM ? 'UnixListener' : `${nature.name}Listener`;
    const place =
      address.path === undefined ? `address: '${this.#label}'` : `path: ${escapeControls(inspect(address.path))}`;
    return `${name} { ${state}, ${place} }`;
  }

  #endWaits(): void {
    const fd = this.#number;
    this.unref();
    startedReactor()?.forget(fd, closedError(this.#label));
  }

  #checkOpen(): void {
    if (this.closed) throw closedError(this.#label);
  }

  #attempt(origin: Origin): Accepted | typeof NOT_YET {
    const socket = acceptFrom(this.#number, this.#label, origin, this.#rest);
    if (socket === NOT_YET) return NOT_YET;
    const { make, settings } = this.#listening;
    try {
      return make(socket, this.#label, settings);
    } catch (error) {
      socket[Symbol.dispose]();
      throw error;
    }
  }
}
