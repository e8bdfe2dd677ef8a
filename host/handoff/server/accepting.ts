import type { Server } from 'node:net';
import {
  AncillaryError,
  builtin,
  closeKeeping,
  duplicateFd,
  type FdHolder,
  numberOf,
  numberOfSendable,
  type OwnedFd,
  socketFileOf,
  takeFd,
  toNetServer,
} from '../base.js';
import { insideOfServer, type ServerHandle, type ServerInside } from './inside.js';

/** The listening socket of a server, which goes on accepting until `stop`, and can go on afterwards. */
export class Accepting implements FdHolder {
  readonly #server: Server & ServerInside;
  readonly #handle: ServerHandle | null;
  /** What stands in the server in place of its handle, after `stop`. */
  #standIn: ServerHandle | undefined;
  /** The socket, after `stop`. */
  #copy: OwnedFd | undefined;

  /** Throws `ERR_CLOSED` for a server that does not listen. */
  constructor(server: Server) {
    numberOfSendable(server);
    this.#server = insideOfServer(server);
    this.#handle = this.#server._handle;
  }

  /** The number, lent: until `stop` it is the server's. */
  get fd(): number {
    if (this.#copy) return numberOf(this.#copy);
    if (this.#server._handle !== this.#handle) throw new AncillaryError('ERR_CLOSED', 'this server has been closed');
    return numberOfSendable(this.#server);
  }

  release(): number {
    this.stop();
    return takeFd(this.#copy as OwnedFd);
  }

  /**
   * Accepts no more. The server says that it listens, and emits nothing: it can go on, or end. A socket file stays.
   * Throws, and all is as before, where no descriptor is left or the file cannot be kept.
   */
  stop(): void {
    const { fd } = this;
    if (this.#copy) return;
    const server = this.#server;
    const address = server.address();
    const path = socketFileOf(server);
    const copy = duplicateFd(fd, 'the listening socket of a server that is handed over');
    const close = () => this.#handle?.close();
    try {
      if (path === undefined) close();
      else closeKeeping(close, path);
    } catch (error) {
      copy.close();
      throw error;
    }
    this.#copy = copy;
    this.#standIn = { close: () => undefined, ref: () => undefined, unref: () => undefined };
    // What listens at a path has none.
    if (typeof address === 'object')
      this.#standIn.getsockname = (out) => {
        Object.assign(out, address);
        return 0;
      };
    server._handle = this.#standIn;
  }

  /** Accepts again, unless the server has been closed meanwhile. */
  resume(): void {
    const copy = this.#copy;
    if (!copy || copy.closed) return;
    const server = this.#server;
    if (server._handle !== this.#standIn) {
      copy.close();
      return;
    }
    server._handle = null;
    hideListening(server);
    toNetServer(copy, { server });
  }

  /** Somebody else accepts: the server closes when its last connection does. Connections that are idle stay open. */
  finish(): void {
    endAccepting(this.#server);
  }
}

/** The server closes when its last connection does; unlike with its own `close`, those that are idle stay open. */
export function endAccepting(server: Server): void {
  builtin('net').Server.prototype.close.call(server);
}

/** Has the server not emit the next `listening`: for everybody else it has never stopped. */
function hideListening(server: Server): void {
  const own = Object.getOwnPropertyDescriptor(server, 'emit');
  const { emit } = server;
  server.emit = (event: string, ...args: unknown[]): boolean => {
    if (event !== 'listening') return Reflect.apply(emit, server, [event, ...args]);
    if (own) Object.defineProperty(server, 'emit', own);
    else Reflect.deleteProperty(server, 'emit');
    return true;
  };
}
