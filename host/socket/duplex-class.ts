import { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import { byteLengthOf, checkBytes, viewOf } from '../check/bytes.js';
import { checkFunction } from '../check/values.js';
import { AncillaryError, invalidArgument } from '../errors/error.js';
import { closeAll } from '../fd/close-all.js';
import type { OwnedFd } from '../fd/owned-fd.js';
import { numberOfSendable, type Sendable } from '../fd/sendable.js';
import { SCM_MAX_FD } from '../libc/constants.js';
import { setImmediate, throwLater } from '../runtime/globals.js';
import type { ConnectedSocket } from './connected-socket.js';
import type { DuplexSettings, StreamDuplex } from './duplex.js';
import { DATA_ROOM } from './frame/frame.js';
import type { Message } from './frame/message.js';
import { discard } from './frame/stretch.js';
import { FdBacklog } from './receiving/fd-backlog.js';
import { duplicateAll } from './sending/held-message.js';
import { checkFds } from './sending/send.js';

type Callback = (error?: Error | null) => void;

/** Descriptors of one write; held are duplicates of them, of a write that stands in line. */
interface Outgoing {
  fds: readonly Sendable[];
  held: OwnedFd[];
}

type Make = new (stream: ConnectedSocket, settings: DuplexSettings) => StreamDuplex;
/** The class of StreamDuplex, over the Duplex of node:stream, which is loaded when the first is made. */
function defineDuplex(Base: typeof Duplex): Make {
  return class UnixStreamDuplex extends Base implements StreamDuplex {
    readonly #stream: ConnectedSocket;
    readonly #room: { maxData: number; maxFds: number };
    readonly #backlog = new FdBacklog();
    /** Whether node:stream waits for bytes that are not received, because too many descriptors have come already. */
    #isHeldBack = false;
    /** Whether a write is under way; an empty one counts for nothing in `writableLength`. */
    #isSending = false;
    /** By the chunk they go with, which is of nobody else's making. */
    readonly #outgoing = new Map<Uint8Array, Outgoing>();

    constructor(stream: ConnectedSocket, { allowHalfOpen, highWaterMark, maxFds }: DuplexSettings) {
      super({ allowHalfOpen, ...(highWaterMark !== undefined && { highWaterMark }) });
      this.#stream = stream;
      this.#room = { maxData: Math.min(Math.max(this.readableHighWaterMark, 1), DATA_ROOM), maxFds };
    }

    override _read(): void {
      this.#isHeldBack = this.#backlog.isLong(this.readableLength);
      if (this.#isHeldBack) return;
      this.#stream.receive(this.#room).then(
        (message) => calmly(() => this.#deliver(message)),
        (error) => this.destroy(error),
      );
    }

    override read(size?: number): unknown {
      const chunk = super.read(size);
      if (!this.#isHeldBack) return chunk;
      if (!this.#backlog.isLong(this.readableLength)) this._read();
      else if (chunk === null && size !== undefined && size > this.readableLength) {
        const what = `more than ${SCM_MAX_FD} descriptors came, and not yet the ${size} bytes to be read`;
        this.destroy(new AncillaryError('ERR_TOO_LARGE', what));
      }
      return chunk;
    }

    #deliver(message: Message | null): void {
      if (!message) {
        this.push(null);
        return;
      }
      const { data, fds, pidfd } = message;
      discard([pidfd]);
      const position = this.#backlog.add(data.length, fds.length);
      if (this.destroyed) discard(fds);
      else if (fds.length > 0) this.#announce(fds, position);
      if (this.destroyed) return;
      try {
        this.push(data);
      } catch (error) {
        // Thrown by a listener. Nobody would ask for more now.
        setImmediate(() => this.read(0));
        throw error;
      }
    }

    #announce(fds: OwnedFd[], position: number): void {
      try {
        if (this.emit('fds', fds, position)) return;
      } catch (error) {
        discard(fds);
        this.destroy(error as Error);
        return;
      }
      discard(fds);
      const what = `${fds.length} descriptors came with byte ${position}, and nobody listens to 'fds': they are closed`;
      this.destroy(new AncillaryError('ERR_UNHEARD', what));
    }

    writeWithFds(bytes: string | Uint8Array, fds: readonly Sendable[], callback?: Callback): boolean {
      const chunk = ownChunk(bytes);
      checkFds(fds);
      if (callback !== undefined && callback !== null) checkFunction(callback, 'callback');
      if (fds.length === 0 || this.destroyed || this.writableEnded) return this.write(chunk, callback);
      if (chunk.length === 0) throw invalidArgument('descriptors with no data: write at least one byte with them');
      // Written at once, or held: the caller may close his as soon as this returns.
      const isInLine = this.#isSending || this.writableLength > 0 || this.writableCorked > 0;
      if (!isInLine) for (const fd of fds) numberOfSendable(fd);
      this.#outgoing.set(chunk, { fds, held: isInLine ? duplicateAll(fds) : [] });
      return this.write(chunk, callback);
    }

    override _write(chunk: Uint8Array, _: string, callback: Callback): void {
      this.#begin([chunk], callback);
    }

    override _writev(chunks: { chunk: Uint8Array }[], callback: Callback): void {
      this.#begin(
        chunks.map(({ chunk }) => chunk),
        callback,
      );
    }

    #begin(chunks: Uint8Array[], callback: Callback): void {
      this.#isSending = true;
      const end: Callback = (error) => {
        this.#isSending = false;
        callback(error);
      };
      this.#sendAll(chunks).then(...told(end));
    }

    /** Chunks without descriptors go together; one with descriptors alone, so that they stay with its bytes. */
    async #sendAll(chunks: Uint8Array[]): Promise<void> {
      for (let begin = 0; begin < chunks.length; ) {
        let end = begin + 1;
        const isPlain = (i: number) => !this.#outgoing.has(chunks[i] as Uint8Array);
        if (isPlain(begin)) while (end < chunks.length && isPlain(end)) end++;
        await this.#send(chunks.slice(begin, end));
        begin = end;
      }
    }

    async #send(chunks: Uint8Array[]): Promise<void> {
      const [first] = chunks as [Uint8Array];
      const outgoing = this.#outgoing.get(first);
      this.#outgoing.delete(first);
      // A stream carries no empty message; of a Duplex one may be written.
      if (chunks.every((chunk) => chunk.length === 0)) return;
      const { fds, held } = outgoing ?? { fds: [], held: [] };
      try {
        // What has to wait is held by the send itself from here on.
        const sent = this.#stream.send(chunks, { fds: held.length > 0 ? held : fds });
        closeAll(held.splice(0));
        await sent;
      } finally {
        if (held.length > 0) closeAll(held);
      }
    }

    override _final(callback: Callback): void {
      this.#stream.end().then(...told(callback));
    }

    override _destroy(error: Error | null, callback: Callback): void {
      let failure: unknown = error;
      try {
        closeAll([...this.#outgoing.values()].flatMap(({ held }) => held));
        this.#outgoing.clear();
        this.#stream[Symbol.dispose]();
      } catch (closing) {
        failure ??= closing;
      }
      callback(failure as Error | null);
    }
  } as unknown as Make;
}

/** A Buffer of no one else's, over the same memory. */
function ownChunk(bytes: unknown): Buffer {
  if (typeof bytes === 'string') return Buffer.from(bytes);
  const given = checkBytes(bytes, 'the bytes of writeWithFds');
  const { buffer, byteOffset, length } = viewOf(given, 0, byteLengthOf(given));
  return Buffer.from(buffer, byteOffset, length);
}

/** Tells a callback of node:stream how it went; what that throws is thrown where it can be seen. */
function told(callback: Callback): [() => void, (error: Error) => void] {
  return [() => calmly(callback), (error) => calmly(() => callback(error))];
}

/** Of a promise's making: an exception would be a rejection that nobody handles. */
function calmly(call: () => void): void {
  try {
    call();
  } catch (error) {
    throwLater(error);
  }
}

let Class: Make | undefined;

/** The Duplex over a stream, which is its own from now on. */
export function makeDuplex(stream: ConnectedSocket, settings: DuplexSettings): StreamDuplex {
  // Not imported: node:stream takes milliseconds of the start of every program that uses none.
  const module = process.getBuiltinModule?.('node:stream');
  if (!module) throw new AncillaryError('ERR_UNSUPPORTED', 'this runtime has no node:stream');
  Class ??= defineDuplex(module.Duplex);
  return new Class(stream, settings);
}
