import { AsyncResource } from 'node:async_hooks';
import { AncillaryError, invalidArgument } from '../errors/error.js';
import { EAGAIN, systemError } from '../libc/errno.js';
import { checkWait, type WaitOptions } from '../reactor/limit.js';
import { reactor, startedReactor } from '../reactor/reactor.js';
import { NOT_YET, standInLine, succeed } from '../reactor/wait.js';
import { attemptSend } from './attempt-send.js';
import type { Outgoing } from './data.js';
import { DestinationLines } from './destination-lines.js';
import { noteHandedOn } from './handed-on.js';
import { giveAway, HeldMessage } from './held-message.js';
import { isSendingWatched } from './outgoing-frame.js';

/** What is sent on one socket: sends that wait stand in line, and none begins in the middle of another. */
export class Outbox {
  readonly #label: string;
  /** Those that wait for one of many receivers. */
  readonly #lines = new DestinationLines();
  /** The sends that wait; each settles, and never fails. */
  readonly #waiting = new Set<Promise<void>>();
  /** Of a send that ended partway: how much of it the kernel had taken. */
  #cut: { bytesSent: number; size: number } | undefined;
  #isClosing = false;
  /** Within a send: who watches the channels may send on the same socket. */
  #isSending = false;

  constructor(label: string) {
    this.#label = label;
  }

  /** Sends all of the message; `number` gives the socket's descriptor, or throws. */
  send(message: Outgoing, number: () => number, options: WaitOptions): Promise<number> {
    this.#admit(message);
    const fd = number();
    const what = `sending on ${this.#label}`;
    const wait = checkWait(options, what);
    if (message.resume) this.#cut = undefined;
    const held = new HeldMessage(message);
    if (this.#isSending) {
      held.hold();
      // Behind the one that is under way, which has not stood in line yet.
      return Promise.resolve().then(() => {
        try {
          if (message.to) return this.#sendTo(held, latin1(message.to.bytes), number, wait, what);
          return this.#sendLater(held, number(), number, wait, what);
        } catch (error) {
          // Closed meanwhile.
          held.drop();
          throw error;
        }
      });
    }
    if (message.to) return this.#sendTo(held, latin1(message.to.bytes), number, wait, what);
    if (!reactor().isBusy(fd, 'write') && this.#sendPart(held, number)) return succeed(held.taken);
    held.hold();
    return this.#sendLater(held, fd, number, wait, what);
  }

  /** Sends a datagram to somebody, when there is room for it. */
  #sendTo(held: HeldMessage, to: string, number: () => number, wait: WaitOptions, what: string): Promise<number> {
    if (!this.#lines.isBusy(to) && this.#sendPart(held, number)) return succeed(held.taken);
    held.hold();
    const send = () => (this.#sendPart(held, number) ? held.taken : NOT_YET);
    const attempt = isSendingWatched() ? AsyncResource.bind(send) : send;
    const told = this.#lines.wait(to, attempt, wait, what);
    this.#remember(told, held);
    return told.then((count) => count);
  }

  /** Sends the rest of a message that is held, when its turn comes. */
  #sendLater(held: HeldMessage, fd: number, number: () => number, wait: WaitOptions, what: string): Promise<number> {
    const attempt = () => {
      if (this.#cut) throw this.#cutError(this.#cut);
      return this.#sendPart(held, number) ? held.taken : NOT_YET;
    };
    const onFailure = () => {
      this.#noteCut(held);
      this.#refuseWaiting(number);
    };
    const sent = standInLine(fd, 'write', attempt, wait, what, isSendingWatched(), onFailure);
    const told = sent.catch((error: unknown) => {
      // Of an aborted or closed send the caller must know how much the peer will see.
      if (held.taken > 0 && error instanceof AncillaryError) Object.assign(error, { bytesSent: held.taken });
      throw error;
    });
    this.#remember(told, held);
    // Not the promise that is handled here: that a failure is handled is up to the caller.
    return told.then((count) => count);
  }

  /** Sends what there is room for; whether that was all. The socket is asked for its number, so that it is not collected. */
  #sendPart(held: HeldMessage, number: () => number): boolean {
    this.#isSending = true;
    try {
      while (!held.isSent) {
        const part = attemptSend(number(), held.rest, held.taken);
        if (part === NOT_YET) return false;
        held.take(part);
      }
      return true;
    } catch (error) {
      // At once: whoever stands in line behind it is tried next.
      this.#noteCut(held);
      throw error;
    } finally {
      this.#isSending = false;
    }
  }

  /** After a failure: a message that has begun must not be followed by another. */
  #noteCut({ taken, size, isResume }: HeldMessage): void {
    if (taken > 0 || isResume) this.#cut = { bytesSent: taken, size };
  }

  /** The socket is being closed: whoever waits for a receiver fails with `error`. */
  dismiss(error: unknown): void {
    this.#lines.dismiss(error);
  }

  /** Sends what there is room for at once. */
  sendSync(message: Outgoing, fd: number): number {
    this.#admit(message);
    const isInLine = message.to ? this.#lines.isBusy(latin1(message.to.bytes)) : startedReactor()?.isBusy(fd, 'write');
    if (this.#isSending || isInLine) {
      throw new AncillaryError('ERR_BUSY', `an asynchronous send is waiting on ${this.#label}: await it first`);
    }
    const taken = attemptSend(fd, message, 0);
    if (taken === NOT_YET) throw systemError('sendmsg', EAGAIN, `on ${this.#label}`);
    if (message.resume) this.#cut = taken < message.size ? { bytesSent: taken, size: message.size } : undefined;
    noteHandedOn(message.fds);
    if (message.transfer) giveAway(message);
    return taken;
  }

  /** Resolves when no send waits any more; none may begin from now on. */
  async finish(): Promise<void> {
    this.#isClosing = true;
    await Promise.all(this.#waiting);
  }

  /** Refuses what cannot be sent now. */
  #admit({ resume, size }: Outgoing): void {
    if (this.#isClosing) throw new AncillaryError('ERR_CLOSED', `${this.#label} is being closed`);
    if (this.#cut && !resume) throw this.#cutError(this.#cut);
    if (!resume) return;
    if (!this.#cut) throw invalidArgument('there is nothing to resume: no send was interrupted');
    const left = this.#cut.size - this.#cut.bytesSent;
    if (size !== left) throw invalidArgument(`${left} bytes are left of the interrupted send, and these are ${size}`);
  }

  /** After an interruption: what stands in line would follow in the middle of a message. */
  #refuseWaiting(number: () => number): void {
    if (!this.#cut) return;
    let fd: number;
    try {
      fd = number();
    } catch {
      // Closed, and all who waited know; the number may be another's by now.
      return;
    }
    startedReactor()?.dismiss(fd, 'write', this.#cutError(this.#cut));
  }

  #cutError({ bytesSent, size }: { bytesSent: number; size: number }): AncillaryError {
    return new AncillaryError(
      'ERR_INTERRUPTED',
      `a send on ${this.#label} was interrupted after ${bytesSent} of ${size} bytes: ` +
        'send the rest of them with { resume: true }, or close the stream',
      { bytesSent },
    );
  }

  #remember(told: Promise<unknown>, held: HeldMessage): void {
    const over = () => {
      held.drop();
      this.#waiting.delete(settled);
    };
    const settled = told.then(over, over);
    this.#waiting.add(settled);
  }
}

/** Bytes as a key. */
function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
