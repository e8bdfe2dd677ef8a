import { AncillaryError, native, now, numberOfSocket, type OwnedFd, setTimeout, type UnixSeqpacket } from './base.js';
import { isGone, refusalOf } from './errors.js';
import { encodeAlive, encodeRefuse } from './wire/answers.js';
import { ALIVE, HEADER_SIZE, RECORD_MOST } from './wire/constants.js';
import { readHeader } from './wire/record.js';

const SHUT_RD = 0;
/** How long is waited before descriptors are sent again of which too many are in flight, in milliseconds. */
const IN_FLIGHT_PAUSE = 5;

/** A record, with the descriptors that came with it, which are the receiver's to close. */
export interface Incoming {
  readonly record: Uint8Array;
  readonly type: number;
  readonly fds: readonly OwnedFd[];
}

/** The limits of each step. */
export interface Steps {
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

/** The hand-off socket: records out and in, each within its time. It is the channel's to close. */
export class Channel {
  readonly #socket: UnixSeqpacket;
  readonly #steps: Steps;

  constructor(socket: UnixSeqpacket, steps: Steps) {
    this.#socket = socket;
    this.#steps = steps;
  }

  /** The number, for system calls here. */
  get number(): number {
    return numberOfSocket(this.#socket);
  }

  /**
   * Sends a record; when this resolves the kernel has taken it whole, when it rejects nothing of it. Descriptors stay the
   * caller's. Where too many of this user's are in flight (ETOOMANYREFS) it waits until receivers have caught up.
   */
  async send(record: Uint8Array, fds: readonly (OwnedFd | number)[] = []): Promise<void> {
    const { timeout, signal } = this.#steps;
    const end = now() + timeout;
    for (;;) {
      try {
        await this.#socket.send(record, { fds, signal, timeout: Math.max(0, end - now()) });
        return;
      } catch (error) {
        if ((error as AncillaryError).code !== 'ETOOMANYREFS' || now() > end) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, IN_FLIGHT_PAUSE));
    }
  }

  /**
   * The next record, or null when the other side is gone and everything that it sent has been received. `maxFds` is how
   * many descriptors may come. Signs of life are passed over, and count as such unless `isStrict`.
   */
  async receive(maxFds: number, isStrict = false): Promise<Incoming | null> {
    const { timeout, signal } = this.#steps;
    const end = now() + timeout;
    for (;;) {
      const left = isStrict ? Math.max(0, end - now()) : timeout;
      try {
        const message = await this.#socket.receive({ maxData: RECORD_MOST, maxFds, signal, timeout: left });
        if (message === null) return null;
        const incoming = incomingOf(message.data, message.fds);
        if (incoming.type !== ALIVE || incoming.fds.length > 0) return incoming;
      } catch (error) {
        // The kernel says once that the other side closed with records unread, before it gives what that side had sent.
        if (!isGone(error)) throw hideRecord(error);
      }
    }
  }

  /** The records that are there, without waiting; null behind them when the other side is gone. */
  poll(): (Incoming | null)[] {
    const all: (Incoming | null)[] = [];
    for (;;) {
      try {
        const message = this.#socket.receiveSync({ maxData: RECORD_MOST, maxFds: 0 });
        all.push(message === null ? null : incomingOf(message.data, message.fds));
        if (message === null) return all;
      } catch (error) {
        const { code } = error as AncillaryError;
        if (code === 'EAGAIN') return all;
        // One that brings descriptors is no record of a taker's.
        if (!isGone(error) && code !== 'ERR_TRUNCATED') throw error;
      }
    }
  }

  /**
   * Hears nothing more: from now on the other side's records fail with EPIPE. What it had sent before is returned; the
   * kernel takes both under one lock, so that each record has either failed there or is here.
   */
  endReceiving(): Incoming[] {
    native().libc.shutdown(this.number, SHUT_RD);
    return this.poll().filter((each) => each !== null);
  }

  /** Says that this side lives, if there is room to say it; whether the other side is there to hear it. */
  sayAlive(): boolean {
    return this.#say(encodeAlive());
  }

  /** Says why this side ends the hand-off, if there is anybody to hear it. */
  refuse(error: AncillaryError): void {
    this.#say(encodeRefuse(refusalOf(error)));
  }

  #say(record: Uint8Array): boolean {
    try {
      this.#socket.sendSync(record);
      return true;
    } catch (error) {
      return !isGone(error);
    }
  }

  close(): void {
    if (!this.#socket.closed) this.#socket.closeSync();
  }
}

/** A record that came without its descriptors stays in the error, but is not printed with it. */
function hideRecord(error: unknown): unknown {
  if (error instanceof AncillaryError && error.data) Object.defineProperty(error, 'data', { enumerable: false });
  return error;
}

function incomingOf(record: Uint8Array, fds: readonly OwnedFd[]): Incoming {
  // What is too short for a header is of no type.
  return { record, type: record.byteLength < HEADER_SIZE ? 0 : readHeader(record).type, fds };
}
