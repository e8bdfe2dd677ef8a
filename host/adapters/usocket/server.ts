import { EventEmitter } from 'node:events';
import {
  AncillaryError,
  checkInteger,
  INT_MAX,
  invalidArgument,
  show,
  UnixListener,
  type UnixStream,
} from '../base.js';
import { addressOf } from '../path-address.js';
import { Cancel } from './cancel.js';
import { socketOver } from './socket.js';

const { nextTick } = process;

/** What time may mend: the connection that could not be accepted is still waiting. */
const SHORTAGES = ['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'];

/** Connections that may wait to be accepted, where nothing is said. */
const BACKLOG = 16;

/** Where a server listens. */
export interface UServerOptions {
  /** The socket file; with a NUL in front, an abstract name. */
  path: string;
  /** Connections that may wait to be accepted; default 16. */
  backlog?: number | undefined;
}

/**
 * Accepts connections at a path: the class `UServer` of the package `usocket`. Emits `listening`, `connection` with a
 * USocket that has read nothing yet, and `error`; never `close`. A socket file that nobody listens at is replaced, and it
 * is removed when the server closes.
 */
export class UServer extends EventEmitter {
  /** The descriptor, lent; undefined while it does not listen. */
  fd: number | undefined = undefined;
  /** Whether it listens. */
  listening = false;
  /** Whether connections are left waiting. */
  paused = false;
  #listener: UnixListener | undefined;
  /** Ends the accept that waits. */
  #accepting: Cancel | undefined;
  /** Accepted before it was paused. */
  readonly #held: UnixStream[] = [];

  /** Listens; `onListening` is called once it does. Throws when it does already. */
  listen(path: string, backlog?: number | null, onListening?: () => void): this;
  listen(path: string | UServerOptions, onListening?: () => void): this;
  listen(place: string | UServerOptions, second?: number | null | (() => void), third?: () => void): this {
    if (this.#listener) throw new AncillaryError('ERR_BUSY', 'listen on already listened UServer');
    const onListening = typeof second === 'function' ? second : third;
    const isPlain = typeof place !== 'object' || place === null;
    const path = isPlain ? place : place.path;
    const backlog = (isPlain ? (typeof second === 'function' ? 0 : second) : place.backlog) || BACKLOG;
    if (typeof path !== 'string') throw invalidArgument(`UServer expects a path, not ${show(path)}`);
    checkInteger(backlog, 'backlog', 1, INT_MAX);
    if (typeof onListening === 'function') this.once('listening', onListening);
    let listener: UnixListener;
    try {
      listener = UnixListener.listenSync(addressOf(path), { backlog, maxFds: Infinity });
    } catch (error) {
      nextTick(() => this.emit('error', error));
      return this;
    }
    this.#listener = listener;
    this.fd = listener.fd;
    if (this.paused) listener.unref();
    nextTick(() => {
      if (this.#listener !== listener) return;
      this.listening = true;
      try {
        this.emit('listening');
      } finally {
        void this.#accept();
      }
    });
    return this;
  }

  /** Accepts no more connections: they wait. */
  pause(): void {
    this.paused = true;
    this.#accepting?.cancel();
    this.#listener?.unref();
  }

  /** Accepts connections again. */
  resume(): void {
    this.paused = false;
    this.#listener?.ref();
    for (const stream of this.#held.splice(0)) this.#give(stream);
    if (this.listening) void this.#accept();
  }

  /** Stops listening. Connections that were accepted stay open; no event tells of it. */
  close(): void {
    const listener = this.#listener;
    this.#listener = undefined;
    this.listening = false;
    this.fd = undefined;
    this.#accepting?.cancel();
    for (const stream of this.#held.splice(0)) stream.closeSync();
    if (listener && !listener.closed) listener.closeSync();
  }

  async #accept(): Promise<void> {
    const listener = this.#listener;
    if (!listener || this.#accepting) return;
    while (this.#listener === listener && !this.paused) {
      const accepting = new Cancel();
      this.#accepting = accepting;
      try {
        const stream = await listener.accept({ signal: accepting.signal });
        if (this.#listener !== listener) stream.closeSync();
        else this.#give(stream);
      } catch (error) {
        if (!accepting.isCancelled && this.#listener === listener) this.#fail(error as AncillaryError);
      } finally {
        this.#accepting = undefined;
      }
    }
    // Resumed, or listening elsewhere, before this had noticed.
    if (this.listening && !this.paused) void this.#accept();
  }

  #give(stream: UnixStream): void {
    // What a listener throws is nobody's here to catch; and one before may have paused, or closed, the server.
    nextTick(() => {
      if (!this.#listener) stream.closeSync();
      else if (this.paused) this.#held.push(stream);
      else this.emit('connection', socketOver(stream));
    });
  }

  #fail(error: AncillaryError): void {
    if (!SHORTAGES.includes(error.code)) this.close();
    nextTick(() => this.emit('error', error));
  }
}
