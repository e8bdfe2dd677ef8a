/** What the processes of `ancillary demo handoff` tell the one that started them, over Node's channel between processes. */

import { exitNow } from '../lifetime.js';

/** Of a server. Times are of `now`, one clock for all processes of a machine. */
export type ServerMessage =
  /** It accepts: the first of them, or the confirmation of the listening socket has been sent. */
  | { readonly kind: 'accepting'; readonly at: number; readonly port: number }
  /** The first answer since then has been sent. */
  | { readonly kind: 'first-answer'; readonly at: number }
  /** All has been taken over. */
  | {
      readonly kind: 'taken';
      readonly at: number;
      readonly since: number;
      readonly moved: number;
      readonly failed: number;
      readonly lost: number;
    }
  /** It offers itself to the next one. */
  | { readonly kind: 'offering' }
  /** So many connections are another process's by now. */
  | { readonly kind: 'moved'; readonly at: number; readonly count: number }
  /** Whoever was to take over has failed; so many connections go on here. */
  | { readonly kind: 'kept'; readonly at: number; readonly count: number; readonly reason: string }
  | { readonly kind: 'handed'; readonly at: number; readonly moved: number; readonly staying: number }
  /** Numbers of requests that have come. */
  | { readonly kind: 'served'; readonly numbers: readonly number[] };

/** One answer: when it was complete, after how many milliseconds, and which process gave it. */
export type Answer = readonly [at: number, milliseconds: number, pid: number];

/** Of the load, a few times a second; counts are of all until then. */
export interface LoadMessage {
  readonly kind: 'opened' | 'load' | 'done';
  readonly answers: readonly Answer[];
  readonly counts: LoadCounts;
}

export interface LoadCounts {
  /** Requests that were sent. */
  readonly requests: number;
  /** Requests that got no answer, or not their own. */
  readonly failed: number;
  /** Connections that ended with an error. */
  readonly reset: number;
  /** Connections that ended in order, between two requests. */
  readonly closed: number;
}

/** What the load is. */
export interface LoadOrders {
  readonly port: number;
  /** Connections that ask again and again. */
  readonly busy: number;
  /** Of those: so many that open a new connection for each request. */
  readonly fresh: number;
  /** Requests a second, of all of those. */
  readonly rate: number;
  /** Connections that ask at the beginning and at the end. */
  readonly idle: number;
}

/** Tells the process that started this one; what it does not hear does not matter. */
export function tell(message: ServerMessage | LoadMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send && process.connected) process.send(message, undefined, {}, () => resolve());
    else resolve();
  });
}

/**
 * Does what this process is there for. It has no reason to be there without the one that has started it, and none
 * afterwards, however that went.
 */
export async function playPart(part: () => Promise<void>): Promise<void> {
  process.once('disconnect', () => exitNow(1));
  if (!process.connected) exitNow(1);
  try {
    await part();
  } catch (error) {
    // Once it has been told: a timer or a server of the part keeps nothing.
    setImmediate(() => exitNow(1));
    throw error;
  }
  process.removeAllListeners('disconnect');
  process.disconnect?.();
}
