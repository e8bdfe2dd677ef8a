import { MSG_DONTWAIT, MSG_NOSIGNAL, POLLIN, POLLRDHUP } from '../../../libc/constants.js';
import { EAGAIN, EINTR, EPIPE } from '../../../libc/errno.js';
import { native } from '../../../libc/native.js';
import { now, setImmediate } from '../../../runtime/globals.js';
import type { SocketType } from '../../options.js';
import { IS_LITTLE, type MessageMemory } from './memory.js';
import type { Message } from './message.js';

/** unix(7), ioctls: bytes that the peer has not read. Powerpc has its own number. */
const SIOCOUTQ = process.arch === 'ppc64' ? 0x40047473 : 0x5411;
const SHUT_WR = 1;
const POLLOUT = 4;
/** How long one look may take, in milliseconds: what a peer has read cannot be waited for otherwise. */
const SLICE = 1;
/** So long nothing else in this process has its turn. */
const LONGEST_TURN = 20;

/** What the peer has done so far. */
export interface Seen {
  /** All that was sent has been read. */
  isRead: boolean;
  /** Something came back. */
  isAnswered: boolean;
  /** The peer has closed the connection, or its end of it is no more. */
  isClosed: boolean;
  /** It closed with bytes unread. */
  isReset: boolean;
}

/** One connection to a peer: a socket of ours, and what is seen of the other side. Never waits longer than asked to. */
export class Connection {
  readonly fd: number;
  readonly seen: Seen = { isRead: false, isAnswered: false, isClosed: false, isReset: false };
  readonly #memory: MessageMemory;
  #isOpen = true;

  readonly #type: SocketType;

  /** Takes `fd` over. */
  constructor(fd: number, type: SocketType, memory: MessageMemory) {
    this.fd = fd;
    this.#type = type;
    this.#memory = memory;
  }

  /**
   * Sends what lies in memory; on a stream in several parts, if need be, the control bytes with the first part. The errno that it ended
   * with, 0 for none, EAGAIN where the peer did not read within `deadline`.
   */
  send(message: Message, deadline: number): number {
    const { libc } = native();
    const memory = this.#memory;
    let sent = 0;
    let control = message.control;
    for (;;) {
      memory.describe(sent, message.data - sent, control);
      const count = libc.sendmsg(this.fd, memory.address(memory.msghdr), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (count < 0) {
        const errno = libc.errno();
        if (errno === EINTR) continue;
        // It was gone before it could read.
        if (errno === EPIPE) this.seen.isReset = true;
        if (errno !== EAGAIN || now() >= deadline) return errno;
        this.#drain();
        if (this.seen.isClosed) return EAGAIN;
        this.#poll(POLLOUT | POLLIN, SLICE);
        continue;
      }
      control = 0;
      sent += count;
      if (sent >= message.data) return 0;
    }
  }

  /** Nothing more will be sent. */
  finish(): void {
    native().libc.shutdown(this.fd, SHUT_WR);
  }

  /** Waits until `isEnough` is true of what is seen, or the deadline has passed; whether it is. */
  async wait(isEnough: (seen: Seen) => boolean, deadline: number): Promise<boolean> {
    for (let begun = now(); ; ) {
      this.look();
      if (isEnough(this.seen)) return true;
      const time = now();
      if (time >= deadline) return false;
      if (time - begun > LONGEST_TURN) {
        await new Promise((resolve) => setImmediate(resolve));
        begun = now();
      }
      // What is closed is always ready.
      this.#poll(this.seen.isClosed ? 0 : POLLIN, SLICE);
    }
  }

  look(): void {
    const { libc } = native();
    const { view, scratch, address } = this.#memory;
    if (!this.seen.isRead) {
      const isKnown = libc.ioctl(this.fd, SIOCOUTQ, address(scratch)) >= 0;
      this.seen.isRead = isKnown && view.getInt32(scratch, IS_LITTLE) === 0;
    }
    this.#drain();
  }

  close(): void {
    if (this.#isOpen) native().libc.close(this.fd);
    this.#isOpen = false;
  }

  /** Reads all that has come. Descriptors that come with it are refused: there is no room for control messages. */
  #drain(): void {
    const { libc } = native();
    const { answer, answerRoom, address } = this.#memory;
    while (!this.seen.isClosed) {
      const count = libc.recv(this.fd, address(answer), answerRoom, MSG_DONTWAIT);
      if (count > 0) {
        this.seen.isAnswered = true;
        continue;
      }
      // An empty message is read like the end.
      if (count === 0 && this.#type !== 'stream' && (this.#poll(POLLRDHUP, 0) & POLLRDHUP) === 0) {
        this.seen.isAnswered = true;
        continue;
      }
      if (count < 0) {
        const errno = libc.errno();
        if (errno === EINTR) continue;
        if (errno === EAGAIN) return;
        this.seen.isReset = true;
      }
      this.seen.isClosed = true;
    }
  }

  /** The events that are there within `timeout` milliseconds. */
  #poll(events: number, timeout: number): number {
    return pollOne(this.#memory, this.fd, events, timeout);
  }
}

/** poll(2) of one descriptor; the events that are there. */
export function pollOne(
  { view, poll, address }: Pick<MessageMemory, 'view' | 'poll' | 'address'>,
  fd: number,
  events: number,
  timeout: number,
): number {
  view.setInt32(poll, fd, IS_LITTLE);
  view.setInt16(poll + 4, events, IS_LITTLE);
  view.setInt16(poll + 6, 0, IS_LITTLE);
  native().libc.poll(address(poll), 1, timeout);
  return view.getInt16(poll + 6, IS_LITTLE);
}
