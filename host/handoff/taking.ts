import { AncillaryError, type OwnedFd, SCM_MAX_FD } from './base.js';
import { call } from './call.js';
import type { Channel, Incoming } from './channel.js';
import { asError, endedError, isGone, refusedError } from './errors.js';
import type { Greeted } from './greeting.js';
import { closeAll, type Entry, type ReadBatch, readBatch } from './incoming-batch.js';
import type { CheckedTakeOver } from './options.js';
import type { Taken, TakeOverResult } from './types.js';
import { whileWaiting } from './waiting.js';
import { decodeCounts, decodeRefuse, encodeConfirm, encodeCounts } from './wire/answers.js';
import { BATCH, DONE, GOODBYE, REFUSE, UNKNOWN } from './wire/constants.js';
import { malformed, nameRecord } from './wire/record.js';

/** One hand-off, from the greeting to the end, in the process that takes over. */
export class Taking {
  readonly #channel: Channel;
  readonly #options: CheckedTakeOver;
  readonly #listeners = new Map<string, Taken>();
  readonly #files = new Map<string, Taken>();
  readonly #connections: Taken[] = [];
  #state: unknown;
  #payloadLeft: number;
  #batchNumber = 0;
  #nextId = 1;
  #moved = 0;
  #refused = 0;
  /** How many there are in all, as the other side said last. */
  #total: number | undefined;
  /** How many have come and not been confirmed. */
  #undecided = 0;

  constructor({ channel, hello }: Greeted, options: CheckedTakeOver) {
    this.#channel = channel;
    this.#options = options;
    this.#payloadLeft = options.maxState;
    this.#total = known(hello.total);
  }

  async run(): Promise<TakeOverResult> {
    let error: AncillaryError | undefined;
    try {
      while (await this.#step());
    } catch (thrown) {
      error = await this.#end(thrown);
    } finally {
      this.#channel.close();
    }
    if (error && this.#moved === 0) throw error;
    const lost = error?.code === 'ERR_ENDED' ? this.#outstanding() : 0;
    return {
      state: this.#state,
      listeners: this.#listeners,
      files: this.#files,
      connections: this.#connections,
      moved: this.#moved,
      refused: this.#refused,
      lost,
      error,
    };
  }

  /** The next record; false at the end. */
  async #step(): Promise<boolean> {
    const incoming = await this.#channel.receive(SCM_MAX_FD);
    if (incoming === null) throw this.#ended();
    if (incoming.type === BATCH) {
      await this.#takeBatch(incoming);
      return true;
    }
    closeAll(incoming.fds);
    if (incoming.type === REFUSE) throw refusedError(decodeRefuse(incoming.record));
    if (incoming.type !== DONE) throw malformed(`${nameRecord(incoming.type)} came, where BATCH or DONE was due`);
    const { moved } = decodeCounts(incoming.record, DONE);
    if (moved !== this.#moved)
      throw malformed(`the other side says that ${moved} have moved, where ${this.#moved} have`);
    await this.#channel.send(encodeCounts(GOODBYE, { moved: this.#moved, kept: this.#refused }));
    return false;
  }

  async #takeBatch(incoming: Incoming): Promise<void> {
    // Each has an owner; whatever happens before the decision, all of them are closed.
    const held = new Set<OwnedFd>(incoming.fds);
    try {
      const number = ++this.#batchNumber;
      const batch = readBatch(incoming, { number, firstId: this.#nextId, payloadLeft: this.#payloadLeft });
      const { head, entries } = batch;
      this.#nextId += entries.length;
      this.#payloadLeft -= head.payloadLength;
      this.#total = known(head.total) ?? this.#total;
      this.#undecided = entries.filter(({ is }) => is !== 'state').length;
      if (number === 1) await this.#prepare(batch);
      const verdicts = await this.#judge(entries);
      const reason = verdicts.find((each) => each !== undefined) ?? '';
      const taken = verdicts.map((each) => each === undefined);
      // The decision: it succeeds as a whole or not at all.
      await this.#channel.send(encodeConfirm(number, taken, reason));
      this.#undecided = 0;
      entries.forEach((entry, i) => {
        if (!taken[i]) this.#refused++;
        else if (entry.is === 'item') {
          held.delete(entry.item.fd);
          this.#keep(entry.item);
        }
      });
    } finally {
      closeAll(held);
    }
    call(this.#options.onProgress, { moved: this.#moved, total: this.#total });
  }

  /** The application makes itself ready; the other side serves everything meanwhile, and hears that this one lives. */
  async #prepare({ entries }: ReadBatch): Promise<void> {
    const items = entries.flatMap((entry) => (entry.is === 'item' ? [entry.item] : []));
    const named = (kind: Taken['kind']) => items.filter((item) => item.kind === kind).map(({ name }) => name);
    const [listeners, files] = [named('listener'), named('file')];
    for (const names of [listeners, files]) {
      const twice = names.find((name, i) => names.indexOf(name) !== i);
      if (twice !== undefined) throw malformed('two listeners or files have one name');
    }
    for (const entry of entries) if (entry.is === 'state') this.#state = entry.state;
    const { prepare, steps } = this.#options;
    const preparation = { state: this.#state, listeners, files, total: this.#total };
    const answer = askCaller(() => prepare?.(preparation));
    await whileWaiting(answer, { signal: steps.signal }, 'preparing to take over', () => {
      if (!this.#channel.sayAlive()) throw new AncillaryError('EPIPE', 'the other side hears nothing any more');
    });
  }

  /** For each entry why it is left where it is; undefined where it is taken. */
  async #judge(entries: readonly Entry[]): Promise<(string | undefined)[]> {
    const { accept, steps } = this.#options;
    const verdicts: (string | undefined)[] = [];
    for (const entry of entries) {
      if (entry.is !== 'item' || !accept) {
        verdicts.push(entry.is === 'unfit' ? entry.reason : undefined);
        continue;
      }
      const verdict = await whileWaiting(
        askCaller(() => accept(entry.item)),
        steps,
        'accepting what is offered',
      );
      verdicts.push(typeof verdict === 'string' ? verdict : verdict === false ? 'it was not accepted' : undefined);
    }
    return verdicts;
  }

  #keep(item: Taken): void {
    this.#moved++;
    if (item.kind === 'listener') this.#listeners.set(item.name, item);
    else if (item.kind === 'file') this.#files.set(item.name, item);
    else this.#connections.push(item);
    call(this.#options.onTaken, item);
  }

  /** Ends it early; the error is the other side's reason where it gave one. */
  async #end(thrown: unknown): Promise<AncillaryError> {
    if (isGone(thrown)) return this.#whyGone();
    const error = asError(thrown);
    this.#channel.refuse(error);
    return error;
  }

  /** A confirmation failed: either the other side has given up, and says why, or it is dead. */
  async #whyGone(): Promise<AncillaryError> {
    try {
      for (;;) {
        const incoming = await this.#channel.receive(SCM_MAX_FD, true);
        if (incoming === null) return this.#ended();
        closeAll(incoming.fds);
        if (incoming.type === REFUSE) return refusedError(decodeRefuse(incoming.record));
      }
    } catch {
      return this.#ended();
    }
  }

  #ended(): AncillaryError {
    const lost = this.#outstanding();
    const what = lost === 0 ? '' : `: ${lost} that were not confirmed are gone with it, unless it serves them still`;
    return endedError(`the other side ended in the middle of the hand-off${what}`);
  }

  /** How many have been announced, and neither taken nor refused. */
  #outstanding(): number {
    const rest = this.#total === undefined ? 0 : this.#total - this.#moved - this.#refused;
    return Math.max(rest, this.#undecided);
  }
}

/** What a callback of the caller answers. What it throws refuses the hand-off, whatever its code is. */
async function askCaller<T>(ask: () => T | PromiseLike<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    throw new AncillaryError('ERR_REFUSED', cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function known(count: number): number | undefined {
  return count === UNKNOWN ? undefined : count;
}
