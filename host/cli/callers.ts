import type { WaitOptions } from '../reactor/limit.js';
import { now, setImmediate } from '../runtime/globals.js';
import type { Listener } from '../socket/listener.js';
import { complain } from './output.js';
import { describeTrusted, isTrusted, type Trusted } from './trust.js';

/** So many users are told of: whoever has more of them than that must not fill somebody's log. */
const MOST_TOLD = 10;

/** Those who are not whom the wait is for. Each of their users is told of once. */
export class Strangers {
  readonly #told = new Set<number | undefined>();
  readonly #trusted: Trusted;
  readonly #option: string;

  /** `option` is the one that says whom the wait is for. */
  constructor(trusted: Trusted, option: string) {
    this.#trusted = trusted;
    this.#option = option;
  }

  /** Tells of one who was turned away; undefined is one whose uid nobody states. Lets timers and signals have their turn. */
  async turnAway(uid: number | undefined): Promise<void> {
    const told = this.#told;
    if (told.size < MOST_TOLD && !told.has(uid)) {
      told.add(uid);
      complain(
        `${uid === undefined ? 'somebody unknown' : `uid ${uid}`} called and was turned away, still waiting for ` +
          `${describeTrusted(this.#trusted)}; if it is meant, --${this.#option} ${uid ?? 'any'} ` +
          `(told once${told.size === MOST_TOLD ? ', and of no further user' : ''})`,
      );
    }
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

/** A connection whose other end the kernel tells. */
interface Caller {
  readonly peerCredentials: { readonly uid: number };
  closeSync(): void;
}

/**
 * The first connection of somebody trusted. Others are closed, and the wait goes on: no stranger can end it, nor make it
 * longer, nor keep signals from being handled by coming again and again.
 */
export async function acceptTrusted<T extends Caller>(
  listener: Pick<Listener<T>, 'accept'>,
  trusted: Trusted,
  option = 'from-uid',
  timeout?: number,
): Promise<T> {
  const strangers = new Strangers(trusted, option);
  const wait = waitOf(timeout);
  while (true) {
    const stream = await listener.accept(wait());
    const { uid } = stream.peerCredentials;
    if (isTrusted(uid, trusted)) return stream;
    stream.closeSync();
    await strangers.turnAway(uid);
  }
}

/** A wait that may begin several times: what is left of `timeout` milliseconds, counted from now. */
export function waitOf(timeout: number | undefined): () => WaitOptions {
  if (timeout === undefined) return () => ({});
  const end = now() + timeout;
  let isBegun = false;
  return () => {
    const left = isBegun ? Math.max(0, Math.ceil(end - now())) : timeout;
    isBegun = true;
    return { timeout: left };
  };
}
