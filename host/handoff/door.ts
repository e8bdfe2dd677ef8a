import { AncillaryError, type BindAddress, now, type UnixSeqpacket, UnixSeqpacketListener } from './base.js';
import { call } from './call.js';
import { asError } from './errors.js';
import type { CheckedOffer } from './options.js';

/** The mode of a socket file that only this user may connect to. */
const OWN = 0o600;
/** How many are greeted at once; of more, the one that has said nothing for longest goes. */
const GREETINGS_MOST = 16;

/** Greets one; `claim` is called when it has greeted, and throws where it is turned away. */
type Greet<T> = (socket: UnixSeqpacket, options: CheckedOffer, claim: () => void) => Promise<T>;

/**
 * The address where an offer waits. Whoever comes is greeted, several at once: one that says nothing keeps nobody. The
 * first that greets is the taker; until the door closes, others are told that a hand-off is under way.
 */
export class Door<T> {
  readonly #listener: UnixSeqpacketListener;
  readonly #options: CheckedOffer;
  readonly #greet: Greet<T>;
  readonly #closing = new AbortController();
  readonly #greetings = new Set<AbortController>();
  #isClaimed = false;
  #resolve: (greeted: T) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  /** Resolves with the taker; rejects when nobody has come in time. */
  readonly taker: Promise<T>;

  private constructor(listener: UnixSeqpacketListener, options: CheckedOffer, greet: Greet<T>) {
    this.#listener = listener;
    this.#options = options;
    this.#greet = greet;
    this.taker = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    void this.#admit();
  }

  static async open<T>(where: BindAddress, options: CheckedOffer, greet: Greet<T>): Promise<Door<T>> {
    const mode = options.mode ?? (typeof where === 'string' ? OWN : undefined);
    return new Door(await UnixSeqpacketListener.listen(where, mode === undefined ? {} : { mode }), options, greet);
  }

  /** Nobody comes in any more; a socket file is free for whoever has taken over, and offers in turn. */
  close(): void {
    if (!this.#listener.closed) this.#listener.closeSync();
    this.#closing.abort();
    for (const greeting of this.#greetings) greeting.abort();
  }

  async #admit(): Promise<void> {
    const { waitFor } = this.#options;
    const { signal } = this.#options.steps;
    const end = waitFor === undefined ? undefined : now() + waitFor;
    const signals = [this.#closing.signal, ...(signal ? [signal] : [])];
    while (!this.#closing.signal.aborted) {
      try {
        const timeout = end === undefined || this.#isClaimed ? undefined : Math.max(0, end - now());
        const socket = await this.#listener.accept({ signal: AbortSignal.any(signals), timeout });
        void this.#welcome(socket);
      } catch (error) {
        const isLate = (error as AncillaryError).code === 'ETIMEDOUT';
        // Whoever has greeted meanwhile is the taker.
        if (isLate && this.#isClaimed) continue;
        this.#reject(error);
        return;
      }
    }
  }

  async #welcome(socket: UnixSeqpacket): Promise<void> {
    const greeting = new AbortController();
    const [oldest] = this.#greetings;
    if (oldest && this.#greetings.size >= GREETINGS_MOST) {
      this.#greetings.delete(oldest);
      oldest.abort();
    }
    this.#greetings.add(greeting);
    const { signal, timeout } = this.#options.steps;
    const steps = { timeout, signal: signal ? AbortSignal.any([signal, greeting.signal]) : greeting.signal };
    let isMine = false;
    const claim = () => {
      if (this.#isClaimed) throw new AncillaryError('ERR_BUSY', BUSY);
      this.#isClaimed = true;
      isMine = true;
      this.#greetings.delete(greeting);
    };
    try {
      this.#resolve(await this.#greet(socket, { ...this.#options, steps }, claim));
    } catch (error) {
      if (isMine) this.#isClaimed = false;
      if (signal?.aborted) this.#reject(error);
      else if (!this.#closing.signal.aborted) call(this.#options.onTurnedAway, asError(error));
    } finally {
      this.#greetings.delete(greeting);
    }
  }
}

const BUSY = 'a hand-off to another process is under way here: wait until it is over, with waitFor';
