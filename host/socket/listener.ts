import { resolve } from 'node:path';
import { AncillaryError } from '../errors/error.js';
import { type Origin, originOf } from '../fd/origin.js';
import { numberOf, type OwnedFd, ownFd } from '../fd/owned-fd.js';
import { SOCK_CLOEXEC, SOCK_NONBLOCK } from '../libc/constants.js';
import { EAGAIN, ECONNABORTED, EINTR, EMFILE, systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import { startedReactor } from '../reactor/reactor.js';
import { NOT_YET, untilReady, type WaitOptions } from '../reactor/wait.js';
import { withAddress } from './address.js';
import { closedError, makeSocket, passCredentials } from './make-socket.js';
import { bindSocket, inodeOf, unlinkFile } from './socket-file.js';
import { makeStream, type StreamOptions, type UnixStream } from './stream.js';

export interface ListenOptions extends StreamOptions {
  /** Connections that may wait to be accepted; default 128. */
  backlog?: number;
}

/** A Unix stream socket that accepts connections at a path, which it takes away again when it closes. */
export class UnixListener {
  readonly path: string;
  readonly #fd: OwnedFd;
  readonly #options: ListenOptions;
  /** Where its file is, even if the process changes its folder. */
  readonly #file: string;
  /** The file that is ours: another one at the same path must stay. */
  readonly #inode: string | undefined;

  private constructor(path: string, fd: OwnedFd, options: ListenOptions) {
    this.path = path;
    this.#fd = fd;
    this.#options = options;
    this.#file = resolve(path);
    this.#inode = inodeOf(this.#file);
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
        bindSocket(socket, path, address, size);
        // On the listener: connections inherit it, so that not even a message sent before the accept goes without.
        if (options.credentials) passCredentials(socket);
        const listener = new UnixListener(path, socket, options);
        if (libc.listen(numberOf(socket), options.backlog ?? 128) < 0) {
          const errno = libc.errno();
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

  /** The same within the library: not handed out, and this object is not collected meanwhile. */
  get #number(): number {
    return numberOf(this.#fd);
  }

  get closed(): boolean {
    return this.#fd.closed;
  }

  /** The next connection. */
  accept(options: WaitOptions = {}): Promise<UnixStream> {
    try {
      const origin = originOf(`accepted at ${this.path}`, this.accept);
      return untilReady(this.#number, 'read', () => this.#attempt(origin), options, `accepting at ${this.path}`);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** A connection that is waiting, or `EAGAIN`. */
  acceptSync(): UnixStream {
    if (startedReactor()?.isBusy(this.#number, 'read')) {
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
    const fd = this.#number;
    startedReactor()?.forget(fd, closedError(this.path));
    try {
      // The file first: once the socket is closed a newcomer could have put its own there.
      if (this.#inode !== undefined && inodeOf(this.#file) === this.#inode) unlinkFile(this.#file);
    } finally {
      this.#fd.close();
    }
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
      const fd = libc.accept4(this.#number, 0, 0, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (fd >= 0) {
        return makeStream(ownFd(fd, origin), this.path, this.#options);
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
