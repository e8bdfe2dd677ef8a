import type { Duplex } from 'node:stream';
import { checkInteger, closeAll, INT_MAX, type Message, SCM_MAX_FD, type UnixStream } from '../base.js';
import { DescriptorQueue } from './descriptor-queue.js';
import { protect } from './protect.js';
import { ownTurn } from './turn.js';

const { nextTick } = process;

/** What `read(size, count)` gives: the descriptors are the caller's to close. */
export interface Received {
  /** The bytes; null where none were asked for, and none are there. */
  data: Buffer | null;
  /** The numbers of the descriptors. */
  fds: number[];
}

/** Whom it comes for. */
export interface Receiver {
  /** What gives the bytes to its reader. */
  readonly duplex: Duplex;
  /** The connection; another, or none, once that has been closed. */
  stream(): UnixStream | undefined;
  /** The peer has ended. */
  onEnd(): void;
}

/** What comes over the connection of a USocket: bytes, which it gives to the Duplex, and the descriptors among them. */
export class Incoming {
  readonly #receiver: Receiver;
  readonly #queue = new DescriptorQueue();
  /** Bytes that have come. */
  #received = 0;
  /** Whether the reader wants more. */
  #isAsked = false;
  /** How many descriptors it waits for, however many bytes are there. */
  #wanted = 0;
  /** What is being received from. */
  #reading: UnixStream | undefined;
  /** Whether nothing more comes. */
  hasEnded = false;

  constructor(receiver: Receiver) {
    this.#receiver = receiver;
  }

  /** The reader wants more. */
  ask(): void {
    this.#isAsked = true;
    const stream = this.#receiver.stream();
    if (stream) void this.receive(stream);
  }

  /** Receives as long as the reader wants more. */
  async receive(stream: UnixStream): Promise<void> {
    if (this.#reading === stream || this.hasEnded) return;
    const receiver = this.#receiver;
    this.#reading = stream;
    try {
      while (this.#isAsked && receiver.stream() === stream) {
        const message = await stream.receive({ maxFds: SCM_MAX_FD });
        const turn = ownTurn();
        if (turn) await turn;
        if (receiver.stream() !== stream) closeAll(message?.fds ?? []);
        else if (message) this.#deliver(message);
        else {
          this.hasEnded = true;
          protect(() => receiver.onEnd());
          break;
        }
      }
    } catch (error) {
      if (receiver.stream() === stream) receiver.duplex.destroy(error as Error);
    } finally {
      // The next connection may be read from already.
      if (this.#reading === stream) this.#reading = undefined;
    }
  }

  #deliver({ data, fds }: Message): void {
    const { duplex } = this.#receiver;
    this.#received += data.length;
    const told = fds.length > 0 && duplex.listenerCount('fds') > 0 ? fds.map((fd) => fd.release()) : undefined;
    if (told) this.#queue.addTold(told, this.#received);
    else this.#queue.add(fds, this.#received);
    if (told) protect(() => duplex.emit('fds', told));
    // Within push the reader may ask for more already; where a listener throws, it goes on as a socket of Node's does.
    this.#isAsked = false;
    let hasRoom = true;
    protect(() => {
      if (!duplex.destroyed) hasRoom = duplex.push(data);
    });
    if (hasRoom) this.#isAsked = true;
    if (this.#queue.length < this.#wanted) this.#isAsked = true;
    if (fds.length > 0) nextTick(() => this.#tellReadable());
  }

  /** A read of two counts may have failed for want of the descriptors that have come now. */
  #tellReadable(): void {
    const { duplex } = this.#receiver;
    if (!duplex.destroyed && duplex.readableFlowing === false && this.#queue.length > 0) duplex.emit('readable');
  }

  /**
   * `count` descriptors, or with `null` those that came with the bytes read so far, and the bytes that `readBytes` gives,
   * `size` of them if that is said; null unless there are enough of both.
   */
  read(size: number | null | undefined, count: number | null, readBytes: () => Buffer | null): Received | null {
    if (count !== null) {
      checkInteger(count, 'count', 0, INT_MAX);
      if (this.#queue.length < count) {
        // They may come behind more bytes than a reader would have ahead.
        this.#wanted = count;
        this.ask();
        return null;
      }
    }
    const data = readBytes();
    if (data === null && size) return null;
    this.#wanted = 0;
    const fds = count === null ? this.#queue.takeUpTo(this.#given) : this.#queue.take(count);
    return data === null && fds.length === 0 ? null : { data, fds };
  }

  /** How many bytes the reader has got: all, where it reads characters. */
  get #given(): number {
    const { readableEncoding, readableLength } = this.#receiver.duplex;
    return readableEncoding ? Infinity : this.#received - readableLength;
  }

  /** Puts descriptors back, and with `unshift` the bytes that they came with. */
  putBack(fds: readonly number[], unshift: () => void): void {
    for (const fd of fds) checkInteger(fd, 'each of fds', 0, INT_MAX);
    this.#queue.putBack(fds, this.#given);
    unshift();
    if (fds.length > 0) nextTick(() => this.#tellReadable());
  }

  /** Closes the descriptors that nobody has been told of. */
  close(): void {
    this.#queue.close();
  }
}
