import { AsyncResource } from 'node:async_hooks';
import { AncillaryError, invalidArgument } from '../../errors/error.js';
import { EAGAIN, systemError } from '../../libc/errno.js';
import { checkWait, type WaitOptions } from '../../reactor/limit.js';
import { reactor, startedReactor } from '../../reactor/reactor.js';
import { GO_ON, NOT_YET, standInLine, succeed } from '../../reactor/wait.js';
import type { Outgoing } from '../frame/data.js';
import { isSendingWatched } from '../frame/outgoing-frame.js';
import { attemptSend } from './attempt-send.js';
import { DestinationLines, SEVERAL } from './destination-lines.js';
import { noteHandedOn } from './handed-on.js';
import { HeldBatch } from './held-batch.js';
import { type Cut, giveAway, type Held, HeldMessage, type IsFree, keyOf } from './held-message.js';

/** What is sent on one socket: sends that wait stand in line, and none begins in the middle of another. */
export class Outbox {
  readonly #label: string;
  /** Those that wait for one of many receivers. */
  readonly #lines = new DestinationLines();
  /** The sends that wait; each settles, and never fails. */
  readonly #waiting = new Set<Promise<void>>();
  /** Of a send that ended partway: how much of it the kernel had taken. */
  #cut: Cut | undefined;
  #isClosing = false;
  /** Within a send: who watches the channels may send on the same socket. */
  #isSending = false;

  /** Whether no event tells of room for what names its receiver. */
  readonly #hasLines: boolean;

  constructor(label: string, hasLines: boolean) {
    this.#label = label;
    this.#hasLines = hasLines;
  }

  /** Sends all of the message; `number` gives the socket's descriptor, or throws. Resolves to its bytes. */
  send(message: Outgoing, number: () => number, options: WaitOptions): Promise<number> {
    this.#admit(message);
    const { to, resume } = message;
    const line = to && this.#hasLines ? keyOf(to) : undefined;
    return this.#send(new HeldMessage(message), line, number, options, resume);
  }

  /** Sends all of the messages, one behind the other, with nothing of anybody between them. Resolves to their number. */
  sendMany(messages: readonly Outgoing[], number: () => number, options: WaitOptions): Promise<number> {
    this.#admitMany(messages);
    const batch = new HeldBatch(messages);
    const line = batch.isAddressed && this.#hasLines ? SEVERAL : undefined;
    return this.#send(batch, line, number, options, false);
  }

  #send(held: Held, line: string | undefined, number: () => number, options: WaitOptions, isResume: boolean) {
    const fd = number();
    const what = `sending on ${this.#label}`;
    const wait = checkWait(options, what);
    if (isResume) this.#cut = undefined;
    if (this.#isSending) {
      this.#hold(held);
      // Behind the one that is under way, which has not stood in line yet.
      return Promise.resolve().then(() => {
        try {
          if (line !== undefined) return this.#sendInLine(held, line, number, wait, what);
          return this.#sendLater(held, number(), number, wait, what);
        } catch (error) {
          // Closed meanwhile.
          held.drop();
          throw error;
        }
      });
    }
    if (line !== undefined) return this.#sendInLine(held, line, number, wait, what);
    if (!reactor().isBusy(fd, 'write') && this.#sendPart(held, number)) return succeed(held.result);
    this.#hold(held);
    return this.#sendLater(held, fd, number, wait, what);
  }

  /** Sends datagrams that name their receivers, when these have room. */
  #sendInLine(held: Held, line: string, number: () => number, wait: WaitOptions, what: string): Promise<number> {
    // What goes to several looks itself for who stands in line.
    const mayTry = line === SEVERAL ? !this.#lines.isBusy(SEVERAL) : !this.#lines.isBusy(line);
    const isFree =
      line === SEVERAL ? (to: string | undefined) => to === undefined || !this.#lines.isBusy(to) : undefined;
    if (mayTry && this.#sendPart(held, number, isFree)) return succeed(held.result);
    this.#hold(held);
    const send = (isFree: IsFree) => {
      const before = held.result;
      if (this.#sendPart(held, number, isFree)) return held.result;
      return held.result > before ? GO_ON : NOT_YET;
    };
    const attempt = isSendingWatched() ? AsyncResource.bind(send) : send;
    const told = this.#lines.wait(line, attempt, wait, what).catch((error: unknown) => tellProgress(error, held));
    this.#remember(told, held);
    return told.then((count) => count);
  }

  /** Sends the rest of what is held, when its turn comes. */
  #sendLater(held: Held, fd: number, number: () => number, wait: WaitOptions, what: string): Promise<number> {
    const attempt = () => {
      if (this.#cut) throw this.#cutError(this.#cut);
      return this.#sendPart(held, number) ? held.result : NOT_YET;
    };
    const onFailure = () => {
      this.#noteCut(held);
      this.#refuseWaiting(number);
    };
    const sent = standInLine(fd, 'write', attempt, wait, what, isSendingWatched(), onFailure);
    // Of an aborted or closed send the caller must know how much the peer will see.
    const told = sent.catch((error: unknown) => tellProgress(error, held));
    this.#remember(told, held);
    // Not the promise that is handled here: that a failure is handled is up to the caller.
    return told.then((count) => count);
  }

  /** Sends what there is room for; whether that was all. The socket is asked for its number, so that it is not collected. */
  #sendPart(held: Held, number: () => number, isFree?: IsFree): boolean {
    this.#isSending = true;
    try {
      while (!held.isSent) if (!held.send(number(), isFree)) return false;
      return true;
    } catch (error) {
      // At once: whoever stands in line behind it is tried next.
      this.#noteCut(held);
      return tellProgress(error, held);
    } finally {
      this.#isSending = false;
    }
  }

  #hold(held: Held): void {
    try {
      held.hold();
    } catch (error) {
      this.#noteCut(held);
      tellProgress(error, held);
    }
  }

  /** After a failure: a message that has begun must not be followed by another. */
  #noteCut({ cut }: Held): void {
    if (cut) this.#cut = cut;
  }

  /** The socket is being closed: whoever waits for a receiver fails with `error`. */
  dismiss(error: unknown): void {
    this.#lines.dismiss(error);
  }

  /** Sends what there is room for at once. */
  sendSync(message: Outgoing, fd: number): number {
    this.#admit(message);
    const { to } = message;
    const isInLine = to && this.#hasLines ? this.#lines.isBusy(keyOf(to)) : startedReactor()?.isBusy(fd, 'write');
    if (this.#isSending || isInLine) {
      throw this.#busyError();
    }
    const taken = attemptSend(fd, message, 0);
    if (taken === NOT_YET) throw systemError('sendmsg', EAGAIN, `on ${this.#label}`);
    if (message.resume) this.#cut = taken < message.size ? { bytesSent: taken, size: message.size } : undefined;
    noteHandedOn(message.fds);
    if (message.transfer) giveAway(message);
    return taken;
  }

  /** Sends those of the messages that there is room for at once, and tells how many that was. */
  sendManySync(messages: readonly Outgoing[], fd: number): number {
    this.#admitMany(messages);
    if (messages.length === 0) return 0;
    const batch = new HeldBatch(messages);
    const isInLine =
      batch.isAddressed && this.#hasLines
        ? messages.some(({ to }) => to && this.#lines.isBusy(keyOf(to)))
        : startedReactor()?.isBusy(fd, 'write');
    if (this.#isSending || isInLine) throw this.#busyError();
    if (!this.#sendPart(batch, () => fd) && batch.result === 0 && !batch.cut) {
      throw systemError('sendmmsg', EAGAIN, `on ${this.#label}`, '', { messagesSent: 0 });
    }
    const { cut } = batch;
    if (!cut) return batch.result;
    this.#cut = cut;
    return tellProgress(this.#cutError(cut), batch);
  }

  #busyError(): AncillaryError {
    return new AncillaryError('ERR_BUSY', `an asynchronous send is waiting on ${this.#label}: await it first`);
  }

  /** Refuses messages that cannot be sent now, or not together. */
  #admitMany(messages: readonly Outgoing[]): void {
    if (this.#isClosing) throw new AncillaryError('ERR_CLOSED', `${this.#label} is being closed`);
    if (this.#cut) throw this.#cutError(this.#cut);
    if (!this.#hasLines) return;
    const addressed = messages.filter(({ to }) => to !== undefined).length;
    if (addressed === 0 || addressed === messages.length) return;
    throw invalidArgument('some messages say whom they go to and some do not: all must, or none');
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

  #cutError({ bytesSent, size }: Cut): AncillaryError {
    return new AncillaryError(
      'ERR_INTERRUPTED',
      `a send on ${this.#label} was interrupted after ${bytesSent} of ${size} bytes: ` +
        'send the rest of them with { resume: true }, or close the stream',
      { bytesSent },
    );
  }

  #remember(told: Promise<unknown>, held: Held): void {
    const over = () => {
      held.drop();
      this.#waiting.delete(settled);
    };
    const settled = told.then(over, over);
    this.#waiting.add(settled);
  }
}

/** Fails with `error`, and says how far the send came. One error may end many waits: each is told of its own. */
function tellProgress(error: unknown, { progress }: Held): never {
  const isTold = Object.entries(progress).every(([key, value]) => (error as Record<string, unknown>)[key] === value);
  if (!(error instanceof AncillaryError) || isTold) throw error;
  const { code, message, name: _name, ...details } = error;
  const told = new AncillaryError(code, message, { ...details, ...progress, cause: error.cause });
  throw Object.assign(told, { stack: error.stack });
}
