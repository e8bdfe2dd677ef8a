import { inspect } from 'node:util';
import { escapeControls } from '../check/escape.js';
import { checkOptions, optionNames } from '../check/options.js';
import { checkInteger, INT_MAX } from '../check/values.js';
import { AncillaryError, invalidArgument } from '../errors/error.js';
import { type Origin, originOf } from '../fd/origin.js';
import { numberOf, type OwnedFd } from '../fd/owned-fd.js';
import { EAGAIN, systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import type { WaitOptions } from '../reactor/limit.js';
import { reactor, startedReactor } from '../reactor/reactor.js';
import { fail, NOT_YET, succeed, untilReady } from '../reactor/wait.js';
import { acceptFrom } from './accept.js';
import { type Address, type BindAddress, checkBindAddress, decodeAddress, type UnixAddress } from './address.js';
import { bindSocket } from './bind.js';
import { closeListener } from './close-socket.js';
import type { SocketMaker } from './connect.js';
import { absolutePath } from './file.js';
import { whenHandedOn } from './handed-on.js';
import { makeSocket } from './make-socket.js';
import { closedError, KEY } from './message-socket.js';
import { checkMode, narrowMode } from './mode.js';
import { readNameBytes } from './name.js';
import { type Nature, SEQPACKET, STREAM } from './nature.js';
import { Rest } from './rest.js';
import { makeSeqpacket, type UnixSeqpacket } from './seqpacket.js';
import { SocketFile } from './socket-file.js';
import { inheritSettings, type Settings, SOCKET_OPTIONS, type SocketOptions, settingsOf } from './socket-options.js';
import { reserveStack } from './stack.js';
import { makeStream, type UnixStream } from './stream.js';

export interface ListenOptions extends SocketOptions {
  /** Connections that may wait to be accepted; default 128. */
  backlog?: number | undefined;
  /** Permissions of the socket file, such as 0o600; default what the umask leaves of 0o777. */
  mode?: number | undefined;
}

const LISTEN_OPTIONS = optionNames<ListenOptions>({ ...SOCKET_OPTIONS, backlog: true, mode: true });
const ACCEPT_OPTIONS = optionNames<WaitOptions>({ signal: true, timeout: true });

/** Those that keep the loop alive: what is kept is not collected either. */
const held = new Map<Listener<unknown>, () => void>();

/** What makes a listener. */
interface Listening<Accepted> {
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
  close(): Promise<void> {
    try {
      return succeed(this[Symbol.dispose]());
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

  [Symbol.dispose](): void {
    if (!this.closed) this.closeSync();
  }

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

/** Accepts Unix stream connections at an address. */
export class UnixListener extends Listener<UnixStream> {
  private constructor(key: symbol, listening: Listening<UnixStream>) {
    super(key, listening);
  }

  /**
   * Listens at `address`. A socket file there that refuses connections is stale and is replaced; where somebody listens,
   * or where there is anything that is no socket, nothing is touched and `EADDRINUSE` is thrown.
   */
  static listen(address: BindAddress, options?: ListenOptions): Promise<UnixListener> {
    return later(() => listen(address, options, STREAM, makeStream, makeStreamListener, listenStream.later));
  }

  /** As `listen`: nothing in it needs to wait. */
  static listenSync(address: BindAddress, options?: ListenOptions): UnixListener {
    return listen(address, options, STREAM, makeStream, makeStreamListener, listenStream.sync);
  }
}

/** Accepts Unix seqpacket connections at an address. */
export class UnixSeqpacketListener extends Listener<UnixSeqpacket> {
  private constructor(key: symbol, listening: Listening<UnixSeqpacket>) {
    super(key, listening);
  }

  /** As `UnixListener.listen`. */
  static listen(address: BindAddress, options?: ListenOptions): Promise<UnixSeqpacketListener> {
    return later(() =>
      listen(address, options, SEQPACKET, makeSeqpacket, makeSeqpacketListener, listenSeqpacket.later),
    );
  }

  /** As `listen`: nothing in it needs to wait. */
  static listenSync(address: BindAddress, options?: ListenOptions): UnixSeqpacketListener {
    return listen(address, options, SEQPACKET, makeSeqpacket, makeSeqpacketListener, listenSeqpacket.sync);
  }
}

// Not by the names of the classes within them: the bundler would give them others.
const listenStream = { later: UnixListener.listen, sync: UnixListener.listenSync };
const listenSeqpacket = { later: UnixSeqpacketListener.listen, sync: UnixSeqpacketListener.listenSync };

type Make<L, A> = new (key: symbol, listening: Listening<A>) => L;

function makeStreamListener(listening: Listening<UnixStream>): UnixListener {
  return new (UnixListener as unknown as Make<UnixListener, UnixStream>)(KEY, listening);
}

function makeSeqpacketListener(listening: Listening<UnixSeqpacket>): UnixSeqpacketListener {
  return new (UnixSeqpacketListener as unknown as Make<UnixSeqpacketListener, UnixSeqpacket>)(KEY, listening);
}

function later<T>(listening: () => T): Promise<T> {
  try {
    return succeed(listening());
  } catch (error) {
    return fail(error);
  }
}

/** What can throw comes before bind, which makes a file appear; whatever fails after it takes that away again. */
function listen<A, L extends Listener<A>>(
  given: BindAddress,
  options: ListenOptions | undefined,
  nature: Nature,
  make: SocketMaker<A>,
  makeListener: (listening: Listening<A>) => L,
  caller: (...args: never[]) => unknown,
): L {
  const address = checkBindAddress(given);
  const checked = checkOptions(options, LISTEN_OPTIONS, caller.name);
  const { backlog = 128 } = checked;
  checkInteger(backlog, 'backlog', 0, INT_MAX);
  const mode = checkMode(checked.mode);
  if (mode !== undefined && address.kind !== 'path') throw invalidArgument('mode: only a socket file has permissions');
  const settings = settingsOf(checked, nature);
  const origin = originOf(`listening at ${address.label}`, caller);
  const { libc } = native();
  const absolute = address.path === undefined ? undefined : absolutePath(address.path);
  reactor();
  reserveStack('plenty');
  const fd = makeSocket(origin, nature.type);
  let file: SocketFile | undefined;
  try {
    // On the listener: connections inherit it, so that not even a message sent before the accept goes without.
    inheritSettings(fd, settings);
    narrowMode(fd, mode);
    file = absolute === undefined ? undefined : new SocketFile(absolute, fd, nature.type);
    const listener = makeListener({ fd, nature, address, file, settings, make });
    bindSocket(fd, address);
    const begin = () => {
      if (libc.listen(numberOf(fd), backlog) < 0) throw systemError('listen', libc.errno(), `at ${address.label}`);
    };
    if (file) file.appear(mode, begin);
    else begin();
    listener.ref();
    return listener;
  } catch (error) {
    file?.undo();
    fd[Symbol.dispose]();
    throw error;
  }
}
