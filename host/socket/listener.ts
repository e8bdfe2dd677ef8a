import { lstatSync, unlinkSync } from 'node:fs';
import { AncillaryError } from '../errors/error.js';
import { type Origin, originOf } from '../fd/leaks.js';
import { OwnedFd } from '../fd/owned-fd.js';
import { SOCK_CLOEXEC, SOCK_DGRAM, SOCK_NONBLOCK } from '../libc/constants.js';
import { EADDRINUSE, EAGAIN, ECONNABORTED, ECONNREFUSED, EINTR, EMFILE, ENOENT, systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import { startedReactor } from '../reactor/reactor.js';
import { NOT_YET, untilReady, type WaitOptions } from '../reactor/wait.js';
import { withAddress } from './address.js';
import { closedError, makeSocket } from './make-socket.js';
import { type StreamOptions, UnixStream } from './stream.js';

export interface ListenOptions extends StreamOptions {
  /** Connections that may wait to be accepted; default 128. */
  backlog?: number;
}

/** A Unix stream socket that accepts connections at a path, which it takes away again when it closes. */
export class UnixListener {
  readonly path: string;
  readonly #fd: OwnedFd;
  readonly #options: ListenOptions;
  /** The socket file that is ours: another one at the same path must stay. */
  readonly #inode: string | undefined;

  private constructor(path: string, fd: OwnedFd, options: ListenOptions) {
    this.path = path;
    this.#fd = fd;
    this.#options = options;
    this.#inode = inodeOf(path);
  }

  /**
   * Listens at `path`. A socket file there that refuses connections is stale and is replaced; where somebody listens,
   * or where there is anything that is no socket, nothing is touched and `EADDRINUSE` is thrown.
   */
  static async listen(path: string, options: ListenOptions = {}): Promise<UnixListener> {
    return UnixListener.#listen(path, options, originOf(`listening at ${path}`, UnixListener.listen));
  }

  /** As `listen`: nothing in it needs to wait. */
  static listenSync(path: string, options: ListenOptions = {}): UnixListener {
    return UnixListener.#listen(path, options, originOf(`listening at ${path}`, UnixListener.listenSync));
  }

  static #listen(path: string, options: ListenOptions, origin: Origin): UnixListener {
    return withAddress(path, (address, size) => {
      const { libc } = native();
      const socket = makeSocket(origin);
      try {
        let errno = libc.bind(socket.number, address, size) < 0 ? libc.errno() : 0;
        if (errno === EADDRINUSE) {
          removeStale(path, address, size);
          errno = libc.bind(socket.number, address, size) < 0 ? libc.errno() : 0;
        }
        if (errno !== 0) throw systemError('bind', errno, `to ${path}`);
        const listener = new UnixListener(path, socket, options);
        if (libc.listen(socket.number, options.backlog ?? 128) < 0) {
          errno = libc.errno();
          listener.closeSync();
          throw systemError('listen', errno, `at ${path}`);
        }
        return listener;
      } catch (error) {
        socket[Symbol.dispose]();
        throw error;
      }
    });
  }

  get fd(): number {
    return this.#fd.number;
  }

  get closed(): boolean {
    return this.#fd.closed;
  }

  /** The next connection. */
  accept(options: WaitOptions = {}): Promise<UnixStream> {
    try {
      const origin = originOf(`accepted at ${this.path}`, this.accept);
      return untilReady(this.fd, 'read', () => this.#attempt(origin), options, `accepting at ${this.path}`);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** A connection that is waiting, or `EAGAIN`. */
  acceptSync(): UnixStream {
    if (startedReactor()?.isBusy(this.fd, 'read')) {
      throw new AncillaryError('ERR_BUSY', `an asynchronous accept is waiting at ${this.path}: await it first`);
    }
    const stream = this.#attempt(originOf(`accepted at ${this.path}`, this.acceptSync));
    if (stream === NOT_YET) throw systemError('accept4', EAGAIN, `at ${this.path}`);
    return stream;
  }

  /** Stops listening and removes the socket file. */
  async close(): Promise<void> {
    this[Symbol.dispose]();
  }

  /** Stops listening and removes the socket file; whatever waits for a connection fails with `ERR_CLOSED`. */
  closeSync(): void {
    const fd = this.fd;
    startedReactor()?.forget(fd, closedError(this.path));
    // The file first: once the socket is closed a newcomer could have put its own there.
    if (this.#inode !== undefined && inodeOf(this.path) === this.#inode) unlinkSync(this.path);
    this.#fd.close();
  }

  [Symbol.dispose](): void {
    if (!this.closed) this.closeSync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #attempt(origin: Origin): UnixStream | typeof NOT_YET {
    const { libc } = native();
    while (true) {
      const fd = libc.accept4(this.fd, 0, 0, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (fd >= 0) {
        return new UnixStream(new OwnedFd(fd, origin), this.path, this.#options);
      }
      const errno = libc.errno();
      if (errno === EAGAIN) return NOT_YET;
      if (errno === EINTR || errno === ECONNABORTED) continue;
      throw systemError(
        'accept4',
        errno,
        `at ${this.path}`,
        errno === EMFILE ? 'close some descriptors, or raise ulimit -n; the connection is still waiting' : '',
      );
    }
  }
}

/** Removes the socket file at `path` if nobody listens there; throws where that cannot be said for sure. */
function removeStale(path: string, address: number, size: number): void {
  const before = inodeOf(path);
  if (before === undefined) {
    const what = lstatSync(path, { throwIfNoEntry: false });
    // Gone meanwhile: the next bind tells.
    if (!what) return;
    throw systemError('bind', EADDRINUSE, `to ${path}`, 'something that is no socket is there: choose another path');
  }
  const { libc } = native();
  // With a datagram socket: a stream one would be accepted by whoever listens there, as a caller who says nothing. To a
  // stream socket that is bound, listening or about to, it cannot connect (EPROTOTYPE); to a stale file nobody can.
  const probe = makeSocket(`probing ${path}`, SOCK_DGRAM);
  const errno = libc.connect(probe.number, address, size) < 0 ? libc.errno() : 0;
  probe.close();
  if (errno === ENOENT) return;
  if (errno !== ECONNREFUSED) {
    throw systemError('bind', EADDRINUSE, `to ${path}`, 'somebody listens there: stop it, or choose another path');
  }
  if (inodeOf(path) === before) unlinkSync(path);
}

/** Identity of the socket file at `path`, undefined where there is none. */
function inodeOf(path: string): string | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isSocket() ? `${stat.dev}:${stat.ino}` : undefined;
}
