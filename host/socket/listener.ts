import { inspect } from 'node:util';
import { escapeControls } from '../check/escape.js';
import { checkOptions, optionNames } from '../check/options.js';
import { checkBoolean, checkInteger, INT_MAX } from '../check/values.js';
import { AncillaryError, invalidArgument } from '../errors/error.js';
import { type Origin, originOf } from '../fd/origin.js';
import { numberOf, type OwnedFd } from '../fd/owned-fd.js';
import { EAGAIN, systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import type { WaitOptions } from '../reactor/limit.js';
import { reactor, startedReactor } from '../reactor/reactor.js';
import { fail, NOT_YET, succeed, untilReady } from '../reactor/wait.js';
import { acceptFrom } from './accept.js';
import { checkPath } from './address.js';
import { bindSocket } from './bind.js';
import { closeListener } from './close-socket.js';
import { absolutePath } from './file.js';
import { whenHandedOn } from './handed-on.js';
import { closedError, makeSocket, passCredentials, type StreamOptions } from './make-socket.js';
import { Rest } from './rest.js';
import { SocketFile } from './socket-file.js';
import { reserveStack } from './stack.js';
import { makeStream, type UnixStream } from './stream.js';

export interface ListenOptions extends StreamOptions {
  /** Connections that may wait to be accepted; default 128. */
  backlog?: number | undefined;
}

const LISTEN_OPTIONS = optionNames<ListenOptions>({ backlog: true, credentials: true });
const ACCEPT_OPTIONS = optionNames<WaitOptions>({ signal: true, timeout: true });

/** Only who has it can make a UnixListener. */
const KEY = Symbol('a UnixListener is made by listen');

/** Those that keep the loop alive: what is kept is not collected either. */
const held = new Map<UnixListener, () => void>();

/**
 * A Unix stream socket that accepts connections at a path. While it is open it keeps the process alive, as net.Server
 * does, unless `unref` is called. Its socket file is removed when it closes or the process ends, but not once the
 * descriptor has been given away with `release` or sent to another process.
 */
export class UnixListener {
  readonly path: string;
  readonly #fd: OwnedFd;
  readonly #file: SocketFile;
  /** What connections are made with. */
  readonly #options: StreamOptions;
  /** The path, for errors. */
  readonly #label: string;
  readonly #rest = new Rest();

  private constructor(key: symbol, path: string, fd: OwnedFd, file: SocketFile, options: StreamOptions) {
    if (key !== KEY) throw invalidArgument('a UnixListener cannot be made with new: UnixListener.listen() returns one');
    this.path = path;
    this.#label = escapeControls(path);
    this.#fd = fd;
    this.#file = file;
    this.#options = options;
    whenHandedOn(this, () => file.leave());
  }

  /**
   * Listens at `path`. A socket file there that refuses connections is stale and is replaced; where somebody listens,
   * or where there is anything that is no socket, nothing is touched and `EADDRINUSE` is thrown.
   */
  static listen(path: string, options?: ListenOptions): Promise<UnixListener> {
    try {
      return succeed(listen(path, options, 'listen'));
    } catch (error) {
      return fail(error);
    }
  }

  /** As `listen`: nothing in it needs to wait. */
  static listenSync(path: string, options?: ListenOptions): UnixListener {
    return listen(path, options, 'listenSync');
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
  accept(options?: WaitOptions): Promise<UnixStream> {
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
  acceptSync(): UnixStream {
    if (startedReactor()?.isBusy(this.#number, 'read')) {
      throw new AncillaryError('ERR_BUSY', `an asynchronous accept is waiting at ${this.#label}: await it first`);
    }
    const stream = this.#attempt(originOf(`accepted at ${this.#label}`, this.acceptSync));
    if (stream === NOT_YET) throw systemError('accept4', EAGAIN, `at ${this.#label}`);
    return stream;
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
      this.#file.remove();
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
    this.#file.leave();
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
    return `UnixListener { ${state}, path: ${escapeControls(inspect(this.path))} }`;
  }

  #endWaits(): void {
    const fd = this.#number;
    this.unref();
    startedReactor()?.forget(fd, closedError(this.#label));
  }

  #checkOpen(): void {
    if (this.closed) throw closedError(this.#label);
  }

  #attempt(origin: Origin): UnixStream | typeof NOT_YET {
    const socket = acceptFrom(this.#number, this.#label, origin, this.#rest);
    if (socket === NOT_YET) return NOT_YET;
    try {
      return makeStream(socket, this.#label, this.#options);
    } catch (error) {
      socket[Symbol.dispose]();
      throw error;
    }
  }
}

function makeListener(path: string, fd: OwnedFd, file: SocketFile, options: StreamOptions): UnixListener {
  type Make = new (key: symbol, path: string, fd: OwnedFd, file: SocketFile, options: StreamOptions) => UnixListener;
  return new (UnixListener as unknown as Make)(KEY, path, fd, file, options);
}

/** What can throw comes before bind, which makes a file appear; whatever fails after it takes that away again. */
function listen(path: string, options: ListenOptions | undefined, name: 'listen' | 'listenSync'): UnixListener {
  checkPath(path);
  const { backlog = 128, credentials: wanted } = checkOptions(options, LISTEN_OPTIONS, name);
  checkInteger(backlog, 'backlog', 0, INT_MAX);
  const credentials = checkBoolean(wanted, 'credentials');
  const origin = originOf(`listening at ${escapeControls(path)}`, UnixListener[name]);
  const { libc } = native();
  const absolute = absolutePath(path);
  reactor();
  reserveStack('plenty');
  const socket = makeSocket(origin);
  let file: SocketFile | undefined;
  try {
    // On the listener: connections inherit it, so that not even a message sent before the accept goes without.
    if (credentials) passCredentials(socket);
    file = new SocketFile(absolute, socket);
    const listener = makeListener(path, socket, file, { credentials });
    bindSocket(socket, path);
    file.appear(() => {
      if (libc.listen(numberOf(socket), backlog) < 0)
        throw systemError('listen', libc.errno(), `at ${escapeControls(path)}`);
    });
    return listener.ref();
  } catch (error) {
    file?.undo();
    socket[Symbol.dispose]();
    throw error;
  }
}
