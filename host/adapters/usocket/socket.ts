import { Duplex } from 'node:stream';
import {
  AncillaryError,
  checkInteger,
  closeAll,
  INT_MAX,
  invalidArgument,
  type Message,
  SCM_MAX_FD,
  type Sendable,
  show,
  throwLater,
  UnixStream,
  viewOf,
} from '../base.js';
import { addressOf } from '../path-address.js';
import { Cancel } from './cancel.js';
import { DescriptorQueue } from './descriptor-queue.js';
import { ownTurn } from './turn.js';
import { Chunk, HeldDescriptors, type Written } from './written.js';

export type { Written };

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

/** What `read(size, count)` gives: the descriptors are the caller's to close. */
export interface Received {
  /** The bytes; null where none were asked for, and none are there. */
  data: Buffer | null;
  /** The numbers of the descriptors. */
  fds: number[];
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
  #begin: (() => void) | undefined;
  readonly #queue = new DescriptorQueue();
  readonly #held = new HeldDescriptors();
  /** Bytes that have come. */
  #received = 0;
  /** Whether the reader wants more. */
  #isAsked = false;
  /** How many descriptors it waits for, however many bytes are there. */
  #wanted = 0;
  #isReading = false;
  #hasEnded = false;
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
      this.#attach(UnixStream.adopt(fd, { maxFds: Infinity }));
      return this;
    }
    if (typeof path !== 'string') throw invalidArgument(`USocket#connect expects a string path, not ${show(path)}`);
    if (typeof onConnected === 'function') this.once('connected', onConnected);
    // After an attempt that failed.
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
    this.#hasEnded = false;
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
        this.#begin?.();
        this.#begin = undefined;
        void this.#receive(stream);
      }
    });
  }

  /** @internal */
  override _read(): void {
    this.#isAsked = true;
    if (this.#stream) void this.#receive(this.#stream);
  }

  /** Receives as long as the reader wants more. */
  async #receive(stream: UnixStream): Promise<void> {
    if (this.#isReading || this.#hasEnded) return;
    this.#isReading = true;
    try {
      while (this.#isAsked && this.#stream === stream) {
        const message = await stream.receive({ maxFds: SCM_MAX_FD });
        const turn = ownTurn();
        if (turn) await turn;
        if (this.#stream !== stream) closeAll(message?.fds ?? []);
        else if (message) this.#deliver(message);
        else {
          this.#hasEnded = true;
          this.#protect(() => this.#finishReading());
          break;
        }
      }
    } catch (error) {
      if (this.#stream === stream) this.destroy(error as Error);
    } finally {
      this.#isReading = false;
    }
  }

  #deliver({ data, fds }: Message): void {
    this.#received += data.length;
    const told = fds.length > 0 && this.listenerCount('fds') > 0 ? fds.map((fd) => fd.release()) : undefined;
    if (told) this.#queue.addTold(told, this.#received);
    else this.#queue.add(fds, this.#received);
    if (told) this.#protect(() => this.emit('fds', told));
    // Within push the reader may ask for more already; where a listener throws, it goes on as a socket of Node's does.
    this.#isAsked = false;
    let hasRoom = true;
    this.#protect(() => {
      if (!this.destroyed) hasRoom = this.push(data);
    });
    if (hasRoom) this.#isAsked = true;
    if (this.#queue.length < this.#wanted) this.#isAsked = true;
    if (fds.length > 0) nextTick(() => this.#tellReadable());
  }

  /** A read of two counts may have failed for want of the descriptors that have come now. */
  #tellReadable(): void {
    if (!this.destroyed && this.readableFlowing === false && this.#queue.length > 0) this.emit('readable');
  }

  #finishReading(): void {
    this.push(null);
    // With nothing left to read the end is told to whoever listens, though nobody reads.
    super.read(0);
    this.#closeEnded();
  }

  /** What a listener throws is an uncaught exception, and no failure of the socket. */
  #protect(work: () => void): void {
    try {
      work();
    } catch (error) {
      throwLater(error);
    }
  }

  /**
   * Reads `size` bytes, or all there are; with `count` as well so many descriptors, `null` for those that came with the
   * bytes read so far: then null is returned unless there are enough of both.
   */
  // biome-ignore lint/suspicious/noExplicitAny: as Readable declares it.
  override read(size?: number | null, count?: number | null): any {
    if (this.destroyed) return null;
    if (count === undefined) return super.read(size as number);
    if (count !== null) {
      checkInteger(count, 'count', 0, INT_MAX);
      if (this.#queue.length < count) {
        // They may come behind more bytes than a reader would have ahead.
        this.#wanted = count;
        this._read();
        return null;
      }
    }
    const data = super.read(size as number) as Buffer | null;
    if (data === null && size) return null;
    this.#wanted = 0;
    const fds = count === null ? this.#queue.takeUpTo(this.#given) : this.#queue.take(count);
    return data === null && fds.length === 0 ? null : { data, fds };
  }

  /** How many bytes the reader has got: all, where it reads characters. */
  get #given(): number {
    return this.readableEncoding ? Infinity : this.#received - this.readableLength;
  }

  /** Puts bytes, and descriptors that came with them, back to be read again. */
  override unshift(chunk: unknown, fds?: readonly number[] | BufferEncoding): void {
    const position = this.#given;
    if (Array.isArray(fds)) {
      for (const fd of fds) checkInteger(fd, 'each of fds', 0, INT_MAX);
      this.#queue.putBack(fds, position);
    }
    if (chunk) super.unshift(chunk, typeof fds === 'string' ? fds : undefined);
    if (Array.isArray(fds) && fds.length > 0) nextTick(() => this.#tellReadable());
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
    try {
      const chunk = Chunk.from(written, encoding);
      this.#whenConnected(() => this.#send(chunk, callback), callback);
    } catch (error) {
      callback(error as Error);
    }
  }

  #send(chunk: Chunk, callback: Callback): void {
    const done = () => {
      this.#protect(chunk.tell);
      callback();
    };
    try {
      const { data, fds } = chunk;
      if (data.length === 0) {
        this.#held.hold(fds);
        done();
        return;
      }
      const all = this.#held.with(fds);
      const stream = this.#stream as UnixStream;
      const taken = sendNow(stream, data, all);
      const sent = () => {
        this.#held.close();
        done();
      };
      if (taken === data.length) sent();
      else if (taken > 0) stream.send(viewOf(data, taken, data.length)).then(sent, callback);
      else stream.send(data, { fds: all }).then(sent, callback);
    } catch (error) {
      callback(error as Error);
    }
  }

  /** @internal */
  override _final(callback: Callback): void {
    const { length } = this.#held;
    if (length > 0) {
      callback(invalidArgument(`${length} descriptors were written with no byte behind them, which cannot be sent`));
      return;
    }
    if (!this.#stream && !this.#connecting) {
      callback();
      return;
    }
    const shut = () => {
      this.#hasShut = true;
      callback();
      this.#closeEnded();
      // So that the peer's end is noticed although nobody reads.
      if (!this.destroyed) super.read(0);
    };
    this.#whenConnected(() => {
      // A peer that is gone already hears nothing of it.
      this.#stream?.end().then(shut, (error) => (error.code === 'ENOTCONN' ? shut() : callback(error)));
    }, callback);
  }

  #whenConnected(begin: () => void, callback: Callback): void {
    if (this.#stream) begin();
    else if (this.#connecting) this.#begin = begin;
    else callback(new AncillaryError('ENOTCONN', 'USocket not connected'));
  }

  /** Nothing more comes, and nothing more goes: what has come can still be read. */
  #closeEnded(): void {
    if (this.#hasEnded && this.#hasShut) this.#closeStream();
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
    for (const close of [() => this.#closeStream(), () => this.#queue.close(), () => this.#held.close()]) {
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

/** How many bytes there is room for at once, which are sent, and the descriptors with them; mostly all. */
function sendNow(stream: UnixStream, data: Uint8Array, fds: readonly Sendable[]): number {
  try {
    return stream.sendSync(data, { fds });
  } catch (error) {
    if ((error as AncillaryError).code === 'EAGAIN') return 0;
    throw error;
  }
}
