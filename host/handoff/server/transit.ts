import type { Socket } from 'node:net';
import { duplicateFd, numberOfSendable, type OwnedFd, reserveStack, takeUnread, throwLater } from '../base.js';
import { insideOf, type SocketInside } from './inside.js';

/**
 * A connection between two processes: nothing of it is read here, and what the application writes or ends waits, until it
 * is decided whose it is. Its net.Socket stays as it is meanwhile, so that it can go on in it.
 */
export class Transit {
  /** A duplicate: the one that travels. It is closed by whoever decides. */
  readonly fd: OwnedFd;
  /** What had been read of it and nobody has taken. */
  readonly unread: Buffer;
  readonly #socket: Socket & SocketInside;
  /** Of it what stands in the socket's own buffer. */
  readonly #buffered: Buffer;
  readonly #flowing: boolean;
  readonly #reading: boolean;
  readonly #connectListeners: ReadonlySet<unknown>;

  /** Stops the connection; `begun` is what others have read of it. Throws `EMFILE`, and all goes on as before. */
  constructor(socket: Socket, begun: Buffer) {
    const inside = insideOf(socket);
    reserveStack('plenty');
    this.fd = duplicateFd(numberOfSendable(socket), 'a connection that is handed over');
    this.#socket = inside;
    this.#flowing = socket.readableFlowing === true;
    this.#reading = inside._handle?.reading === true;
    this.#connectListeners = new Set(socket.rawListeners('connect'));
    inside._handle?.readStop();
    if (inside._handle) inside._handle.reading = false;
    // A socket that is not connected yet reads nothing, and keeps to itself what it is given to write, and its end.
    inside.connecting = true;
    this.#buffered = takeUnread(socket);
    this.unread = this.#buffered.byteLength === 0 ? begun : Buffer.concat([begun, this.#buffered]);
  }

  /** It is the taker's: here it is closed, and the peer is told nothing. Its own descriptor has been closed. */
  leave(): void {
    this.#socket.destroy();
  }

  /** It stays: it goes on here as if nothing had been. */
  resume(): void {
    this.fd.close();
    const socket = this.#socket;
    if (socket.destroyed) return;
    socket.connecting = false;
    if (this.#buffered.byteLength > 0) socket.unshift(this.#buffered);
    if (this.#reading && socket._handle) {
      socket._handle.reading = true;
      socket._handle.readStart();
    }
    if (this.#flowing) socket.resume();
    this.#letGo();
  }

  /** What has waited for the connection, and nobody else's listeners. */
  #letGo(): void {
    for (const listener of this.#socket.rawListeners('connect')) {
      if (this.#connectListeners.has(listener)) continue;
      this.#socket.removeListener('connect', listener as () => void);
      try {
        listener.call(this.#socket);
      } catch (error) {
        throwLater(error);
      }
    }
  }
}
