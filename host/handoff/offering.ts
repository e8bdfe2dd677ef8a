import { AncillaryError, giveUp } from './base.js';
import { call } from './call.js';
import type { Channel, Incoming } from './channel.js';
import { asError, endedError, isGone, leftError, refusedError } from './errors.js';
import type { Greeted } from './greeting.js';
import type { CheckedOffer } from './options.js';
import { type BatchLimits, connectionItem, type Outgoing, OutgoingBatch } from './outgoing.js';
import { PENDING, Source } from './source.js';
import { totalOf } from './total.js';
import type { OfferedConnection, OfferResult } from './types.js';
import { whileWaiting } from './waiting.js';
import { decodeConfirm, decodeCounts, decodeRefuse, encodeCounts } from './wire/answers.js';
import { CAP_MEMFD, CONFIRM, DONE, GOODBYE, KIND_LISTENER, KIND_STATE, REFUSE, UNKNOWN } from './wire/constants.js';
import { malformed, nameRecord } from './wire/record.js';

/** One hand-off, from the greeting to the end, in the process that offers. */
export class Offering {
  readonly #channel: Channel;
  readonly #door: Greeted['door'];
  readonly #options: CheckedOffer;
  readonly #limits: BatchLimits;
  readonly #named: readonly Outgoing[];
  /** Bytes of payload that the taker still takes. */
  #payloadLeft: number;
  #batchNumber = 0;
  #nextId = 1;
  /** What is being gathered. */
  #batch: OutgoingBatch;
  /** What has been sent and not been answered. */
  #open: readonly Outgoing[] = [];
  /** What has come from the source and stands in no batch yet. */
  #inHand: Outgoing | undefined;
  /** Listeners that the taker has: held here until the end. */
  readonly #listeners: Outgoing[] = [];
  readonly #keptNames = { listeners: [] as string[], files: [] as string[] };
  #isDone = false;
  #moved = 0;
  #kept = 0;
  /** How many connections there are, where `connections` has made a list of them. */
  #given: number | undefined;

  constructor({ channel, hello, recordMost, door }: Greeted, options: CheckedOffer, named: readonly Outgoing[]) {
    this.#channel = channel;
    this.#door = door;
    this.#options = options;
    this.#named = named;
    this.#payloadLeft = Math.min(hello.payloadMost, options.maxState);
    this.#limits = {
      recordMost,
      descriptorsMost: hello.descriptorsMost,
      takesMemfd: (hello.offered & CAP_MEMFD) !== 0,
    };
    this.#batch = new OutgoingBatch(this.#limits);
  }

  /** All of it. `makeState` makes the first item. */
  async run(makeState: () => Outgoing): Promise<OfferResult> {
    let error: AncillaryError | undefined;
    try {
      await this.#offerNamed(makeState());
      await this.#offerConnections();
      await this.#finish();
    } catch (thrown) {
      error = this.#end(asError(thrown));
    } finally {
      this.#door?.close();
      this.#channel.close();
    }
    this.#settleListeners(error);
    if (error && this.#moved === 0) throw error;
    const { listeners: keptListeners, files: keptFiles } = this.#keptNames;
    return { moved: this.#moved, kept: this.#kept, keptListeners, keptFiles, error };
  }

  /** The first batch: what the taker makes itself ready with. All goes on here meanwhile. */
  async #offerNamed(state: Outgoing): Promise<void> {
    for (const item of [state, ...this.#named]) {
      if (item.size > this.#payloadLeft || !this.#batch.fits(item)) throw this.#tooLarge(item);
      this.#put(item);
    }
    await this.#exchange(true);
  }

  async #offerConnections(): Promise<void> {
    const { connections = [] } = this.#options;
    const given = typeof connections === 'function' ? connections() : connections;
    if (Array.isArray(given)) this.#given = given.length;
    const source = new Source(given);
    try {
      for (;;) {
        const step = await this.#nextOf(source);
        if (step.done) break;
        await this.#take(step.value);
      }
      await this.#exchange(false);
    } catch (thrown) {
      const error = asError(thrown);
      source.end((connection) => this.#keep(connection, error));
      throw error;
    }
  }

  /** The next connection. What has been gathered does not wait for one that is not there at once. */
  async #nextOf(source: Source): Promise<IteratorResult<OfferedConnection, unknown>> {
    for (;;) {
      const step = await source.next();
      if (step !== PENDING) return step;
      if (this.#batch.items.length > 0) await this.#exchange(false);
      else await this.#waitFor(source.wait());
    }
  }

  /** Waits for what this process does itself; meanwhile the taker hears that it lives, and is looked after. */
  #waitFor(work: Promise<unknown>): Promise<unknown> {
    const { signal } = this.#options.steps;
    return whileWaiting(work, { signal }, 'the hand-off', () => {
      const isThere = this.#channel.sayAlive();
      for (const incoming of this.#channel.poll()) this.#refuseUnasked(incoming);
      if (!isThere) throw endedError('the taker ended in the middle of the hand-off');
    });
  }

  async #take(connection: OfferedConnection): Promise<void> {
    let item: Outgoing;
    try {
      item = connectionItem(connection);
      if (item.size > this.#payloadLeft) throw this.#tooLarge(item);
    } catch (error) {
      this.#keep(connection, asError(error));
      return;
    }
    this.#inHand = item;
    if (!this.#batch.fits(item)) await this.#exchange(false);
    this.#inHand = undefined;
    try {
      if (!this.#batch.fits(item)) throw this.#tooLarge(item);
      this.#put(item);
    } catch (error) {
      this.#keep(connection, asError(error));
    }
  }

  #put(item: Outgoing): void {
    this.#batch.add(item);
    this.#payloadLeft -= item.size;
  }

  #tooLarge({ name, size, kind }: Outgoing): AncillaryError {
    const what = kind === KIND_STATE ? 'the state' : `'${name}' with its state and the bytes read of it`;
    return new AncillaryError(
      'ERR_TOO_LARGE',
      `${what} takes ${size} bytes, more than goes or than the taker takes: it may raise maxState`,
    );
  }

  /** Sends what has been gathered, and waits for what the taker says to it. */
  async #exchange(isFirst: boolean): Promise<void> {
    const batch = this.#batch;
    this.#batch = new OutgoingBatch(this.#limits);
    for (const item of batch.takeClosed()) {
      this.#settle(item, new AncillaryError('ERR_CLOSED', 'its descriptor was closed while it waited to be offered'));
    }
    if (batch.items.length === 0) return;
    this.#open = batch.items;
    const number = ++this.#batchNumber;
    const { record, fds, apart } = batch.encode(number, this.#nextId, this.#total() ?? UNKNOWN);
    this.#nextId += batch.items.length;
    try {
      await this.#channel.send(record, fds);
    } finally {
      apart?.close();
    }
    // Only what makes itself ready may take its time: connections that are not served must not wait for a sign of life.
    const incoming = await this.#channel.receive(0, !isFirst);
    if (incoming?.type !== CONFIRM) this.#refuseUnasked(incoming);
    else this.#honour(incoming);
    this.#report();
  }

  /** What the taker has confirmed is the taker's from now on. */
  #honour({ record }: Incoming): void {
    const { taken, reason } = decodeConfirm(record, this.#batchNumber, this.#open.length);
    const items = this.#open;
    this.#open = [];
    items.forEach((item, i) => {
      this.#settle(item, taken[i] ? undefined : leftError(reason));
    });
  }

  /** Anything but a confirmation ends it. */
  #refuseUnasked(incoming: Incoming | null): void {
    if (incoming === null) throw endedError('the taker ended before it confirmed');
    if (incoming.type === REFUSE) throw refusedError(decodeRefuse(incoming.record));
    throw malformed(`${nameRecord(incoming.type)} came, where CONFIRM was due`);
  }

  /** Tells the taker that this was all. */
  async #finish(): Promise<void> {
    // The taker may offer in turn as soon as it knows that this was all.
    this.#door?.close();
    await this.#channel.send(encodeCounts(DONE, { moved: this.#moved, kept: this.#kept }));
    this.#isDone = true;
    const incoming = await this.#channel.receive(0, true);
    if (incoming?.type !== GOODBYE) this.#refuseUnasked(incoming);
    else this.#heedGoodbye(incoming);
  }

  #heedGoodbye({ record }: Incoming): void {
    const { moved } = decodeCounts(record, GOODBYE);
    if (moved !== this.#moved)
      throw malformed(`the taker says that it has ${moved}, where ${this.#moved} were confirmed`);
  }

  /**
   * Ends it early. From the shutdown on no confirmation can be sent; what had been sent by then is honoured, and all else
   * stays here.
   */
  #end(error: AncillaryError): AncillaryError | undefined {
    let reason = isGone(error) ? endedError('the taker ended before it confirmed') : error;
    for (const incoming of this.#channel.endReceiving()) {
      try {
        if (incoming.type === CONFIRM) this.#honour(incoming);
        else if (incoming.type === REFUSE) reason = refusedError(decodeRefuse(incoming.record));
        else if (incoming.type === GOODBYE && this.#isDone) {
          this.#heedGoodbye(incoming);
          return undefined;
        }
      } catch {
        // It says nothing that is known here.
      }
    }
    this.#channel.refuse(reason);
    const rest = [...this.#open, ...this.#batch.items, ...(this.#inHand ? [this.#inHand] : [])];
    for (const item of rest) this.#settle(item, reason);
    return reason;
  }

  /** The outcome of one item: moved, or kept for a reason. */
  #settle(item: Outgoing, reason: AncillaryError | undefined): void {
    const { kind, holder, connection } = item;
    if (kind === KIND_STATE || holder === undefined) return;
    if (reason) {
      if (connection) this.#keep(connection, reason);
      else this.#keepNamed(item);
      return;
    }
    this.#moved++;
    if (kind === KIND_LISTENER) this.#listeners.push(item);
    else giveUp(holder);
    if (connection) call(this.#options.onMoved, connection);
  }

  #keepNamed({ kind, name }: Outgoing): void {
    this.#kept++;
    this.#keptNames[kind === KIND_LISTENER ? 'listeners' : 'files'].push(name);
  }

  #keep(connection: OfferedConnection, reason: AncillaryError): void {
    this.#kept++;
    call(this.#options.onKept, connection, reason);
  }

  #settleListeners(error: AncillaryError | undefined): void {
    for (const item of this.#listeners) {
      if (error) {
        this.#moved--;
        this.#keepNamed(item);
      } else if (item.holder) giveUp(item.holder);
    }
  }

  #report(): void {
    call(this.#options.onProgress, { moved: this.#moved, total: this.#total() });
  }

  #total(): number | undefined {
    const { length } = this.#named;
    return this.#given === undefined ? totalOf(this.#options, length) : length + this.#given;
  }
}
