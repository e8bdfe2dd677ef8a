import { Duplex } from 'node:stream';
import { AncillaryError, invalidArgument, type Sendable, show, UnixStream } from '../base.js';
import { addressOf } from '../path-address.js';
import { Cancel } from './cancel.js';
import { Incoming, type Received } from './incoming.js';
import { Outgoing } from './outgoing.js';
import { Unfinished } from './unfinished.js';
import { Chunk, type Written } from './written.js';

export type { Received, Written };

const { nextTick } = process;

/** Where to connect to: a socket file, an abstract name with a NUL in front, or a connected socket's own number. */
export interface USocketPlace {
  /** A socket file, or a NUL and an abstract name. */
  path?: string | null | undefined;
  /** The number of a connected socket, which is taken over. */
  fd?: number | null | undefined;
}

/** Where a USocket connects to, and how it ends. */
export interface USocketOptions extends USocketPlace {
  /** Whether the writing side stays open when the peer has ended; default true. */
  allowHalfOpen?: boolean | undefined;
}

type Callback = (error?: Error | null) => void;

/** A stream over an accepted connection. */
export let socketOver: (stream: UnixStream) => USocket;

/**
 * A Unix stream socket as a Duplex, whose writes carry descriptors and whose reads give them: the class `USocket` of the
 * package `usocket`. Descriptors come with close-on-exec set. Those that are never read are closed with the socket, unless
 * a listener of `fds` has been told their numbers: they are the listener's.
 *
 * Emits `connected` besides what a Duplex does, `fds` with the numbers as soon as they come, and `readable` for them too.
 * After `destroy()` it emits nothing; `close` comes when both sides have ended, or behind an `error`.
 */
export class USocket extends Duplex {
  /** The descriptor, lent; undefined while there is no connection. */
  fd: number | undefined = undefined;

  #stream: UnixStream | undefined;
  /** While it connects. */
  #connecting: Cancel | undefined;
  /** What waits for the connection. */
  #begin: ((stream: UnixStream) => void) | undefined;
  readonly #unfinished = new Unfinished();
  readonly #incoming = new Incoming({
    duplex: this,
    stream: () => this.#stream,
    onEnd: () => this.#finishReading(),
  });
  readonly #outgoing = new Outgoing();
  #hasShut = false;
  #isSilent = false;

  static {
    socketOver = (stream) => {
      const socket = new USocket();
      socket.#attach(stream);
      return socket;
    };
  }

  /** Connects at once if a path or a descriptor is given; `onConnected` is called once that is done. */
  constructor(options?: string | USocketOptions | null, onConnected?: () => void) {
    const given: USocketOptions = typeof options === 'object' && options !== null ? options : { path: options };
    // `close` is emitted here: see destroy.
    super({ writableObjectMode: true, emitClose: false, allowHalfOpen: given.allowHalfOpen ?? true });
    if (given.fd || given.path) this.connect(given, onConnected);
  }

  /**
   * Connects to a path, an abstract name with a NUL in front, or takes over the descriptor of a connected socket, which
   * is this object's from then on: that is done at once, without an event. Throws when it is connected already.
   */
  connect(place: string | USocketPlace, onConnected?: () => void): this {
    if (this.#stream || this.#connecting) throw new AncillaryError('EISCONN', 'connect on already connected USocket');
    const { fd, path } = typeof place === 'string' ? { path: place } : (place ?? {});
    if (typeof fd === 'number') {
      const stream = UnixStream.adopt(fd, { maxFds: Infinity });
      if (this.destroyed) this.#startAnew();
      this.#attach(stream);
      return this;
    }
    if (typeof path !== 'string') throw invalidArgument(`USocket#connect expects a string path, not ${show(path)}`);
    if (typeof onConnected === 'function') this.once('connected', onConnected);
    if (this.destroyed) this.#startAnew();
    const connecting = new Cancel();
    this.#connecting = connecting;
    UnixStream.connect(addressOf(path), { maxFds: Infinity, signal: connecting.signal }).then(
      (stream) => {
        if (this.#connecting !== connecting) stream.closeSync();
        else this.#attach(stream, true);
      },
      (error) => {
        if (this.#connecting === connecting) this.destroy(error);
      },
    );
    return this;
  }

  /** As a socket of net, this can connect again after an attempt that failed. */
  #startAnew(): void {
    (this as unknown as { _undestroy(): void })._undestroy();
    this.#incoming.hasEnded = false;
    this.#hasShut = false;
  }

  #attach(stream: UnixStream, isNew = false): void {
    this.#connecting = undefined;
    this.#stream = stream;
    this.fd = stream.fd;
    // What a listener throws is nobody's here to catch.
    nextTick(() => {
      if (this.#stream !== stream) return;
      try {
        if (isNew) this.emit('connected');
      } finally {
        this.#begin?.(stream);
        this.#begin = undefined;
        void this.#incoming.receive(stream);
      }
    });
  }

  /** @internal */
  override _read(): void {
    this.#incoming.ask();
  }

  /** Nothing more comes. */
  #finishReading(): void {
    this.push(null);
    // With nothing left to read the end is told to whoever listens, though nobody reads.
    super.read(0);
    this.#closeEnded();
  }

  /**
   * Reads `size` bytes, or all there are; with `count` as well so many descriptors, `null` for those that came with the
   * bytes read so far: then null is returned unless there are enough of both.
   */
  // biome-ignore lint/suspicious/noExplicitAny: as Readable declares it.
  override read(size?: number | null, count?: number | null): any {
    if (this.destroyed) return null;
    if (count === undefined) return super.read(size as number);
    return this.#incoming.read(size, count, () => super.read(size as number) as Buffer | null);
  }

  /** Puts bytes, and descriptors that came with them, back to be read again. */
  override unshift(chunk: unknown, fds?: readonly number[] | BufferEncoding): void {
    const unshift = () => {
      if (chunk) super.unshift(chunk, typeof fds === 'string' ? fds : undefined);
    };
    if (Array.isArray(fds)) this.#incoming.putBack(fds, unshift);
    else unshift();
  }

  /**
   * Writes bytes, descriptors, or `{ data, fds, callback }`: descriptors travel with the first byte, and may be closed
   * once `callback` is called. With no bytes they are kept, and go with the next byte that is written.
   */
  override write(written: Written, callback?: (error?: Error | null) => void): boolean;
  /** The same for a string of an encoding. */
  override write(
    written: Written,
    encoding?: BufferEncoding | null,
    callback?: (error?: Error | null) => void,
  ): boolean;
  override write(written: Written, encoding?: BufferEncoding | Callback | null, callback?: Callback): boolean {
    if (typeof encoding === 'function') return this.write(written, null, encoding);
    let chunk: unknown = written;
    try {
      // Now: the lists in it are the caller's to change.
      chunk = written == null ? written : Chunk.from(written, encoding ?? undefined);
    } catch {
      // It is told when its turn comes, as every failure of a write.
    }
    return super.write(chunk, encoding ?? 'utf8', callback);
  }

  /** The same with the descriptors beside the bytes. */
  writeWithFds(
    bytes: string | Uint8Array,
    fds: readonly Sendable[],
    callback?: (error?: Error | null) => void,
  ): boolean {
    return this.write({ data: bytes, fds }, callback);
  }

  /** @internal */
  override _write(written: unknown, encoding: BufferEncoding, callback: Callback): void {
    const finish = this.#unfinished.begin(callback);
    try {
      const chunk = Chunk.from(written, encoding);
      this.#whenConnected((stream) => this.#outgoing.send(stream, chunk, finish), finish);
    } catch (error) {
      finish(error as Error);
    }
  }

  /** @internal */
  override _final(callback: Callback): void {
    const { heldCount } = this.#outgoing;
    if (heldCount > 0) {
      callback(invalidArgument(`${heldCount} descriptors were written with no byte behind them, which cannot be sent`));
      return;
    }
    if (!this.#stream && !this.#connecting) {
      callback();
      return;
    }
    const finish = this.#unfinished.begin((error) => {
      this.#hasShut = !error;
      callback(error);
      if (error) return;
      this.#closeEnded();
      // So that the peer's end is noticed although nobody reads.
      if (!this.destroyed) super.read(0);
    });
    this.#whenConnected((stream) => {
      // A peer that is gone already hears nothing of it.
      stream.end().then(
        () => finish(),
        (error) => finish(error.code === 'ENOTCONN' ? undefined : error),
      );
    }, finish);
  }

  #whenConnected(begin: (stream: UnixStream) => void, callback: Callback): void {
    if (this.#stream) begin(this.#stream);
    else if (this.#connecting) this.#begin = begin;
    else callback(new AncillaryError('ENOTCONN', 'USocket not connected'));
  }

  /** Nothing more comes, and nothing more goes: what has come can still be read. */
  #closeEnded(): void {
    if (this.#incoming.hasEnded && this.#hasShut) this.#closeStream();
  }

  #closeStream(): void {
    this.#connecting?.cancel();
    this.#connecting = undefined;
    const stream = this.#stream;
    this.#stream = undefined;
    this.fd = undefined;
    if (stream && !stream.closed) stream.closeSync();
  }

  /** Closes at once, and emits nothing more; with an error that one, and `close`. */
  override destroy(error?: Error | null): this {
    if (this.destroyed) return this;
    this.#isSilent = !error && !(this.readableEnded && this.writableFinished);
    return super.destroy(error ?? undefined);
  }

  /** @internal */
  override _destroy(error: Error | null, callback: Callback): void {
    let failure: unknown = error;
    // Of what waits, or is on its way, nothing goes to the next connection.
    this.#begin = undefined;
    this.#unfinished.giveUp(error ?? new AncillaryError('ERR_CLOSED', 'destroyed before that was sent'));
    for (const close of [() => this.#closeStream(), () => this.#incoming.close(), () => this.#outgoing.close()]) {
      try {
        close();
      } catch (thrown) {
        failure ??= thrown;
      }
    }
    callback(failure as Error | null);
    if (!this.#isSilent) nextTick(() => (failure ? this.emit('close', failure) : this.emit('close')));
  }
}
