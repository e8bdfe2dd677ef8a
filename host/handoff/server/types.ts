import type { Socket } from 'node:net';
import type { AncillaryError } from '../base.js';
import type { HandoffOptions, Preparation } from '../types.js';
import type { Bound } from './standing.js';

/** Why connections have stayed in the old process, and how many. */
export interface Staying extends Readonly<Record<Bound, number>> {
  /** In the middle of a request, or of something written, when `drain` was over; or so far. */
  readonly busy: number;
  /** `prepare` wanted them to stay. */
  readonly unprepared: number;
  /** They were offered, and the taker did not take them. */
  readonly refused: number;
}

/** How far a hand-off has come. */
export interface HandOffServerProgress {
  /** How many connections are the taker's. */
  readonly moved: number;
  /** How many connections there are in all. */
  readonly total: number;
  readonly staying: Staying;
}

/** How `handOffServer` hands over. */
export interface HandOffServerOptions extends Omit<HandoffOptions, 'onProgress'> {
  /** Of the application as a whole; a function makes it once a taker has come. A Uint8Array, or what JSON has. */
  state?: unknown;
  /** Of one connection: called when it is stopped, right before it is offered. */
  stateOf?: ((socket: Socket) => unknown) | undefined;
  /**
   * Called once for each connection when it could move: `false`, or a promise of it, has it stay; a
   * net.Server's application ends here what it has begun, and writes no more.
   */
  prepare?: ((socket: Socket) => unknown) | undefined;
  /**
   * How long connections that are busy are waited for, in milliseconds from when the taker accepts, default 30,000. Those
   * that are still busy then stay, and are served here until they close.
   */
  drain?: number | undefined;
  /** Where an address is given: how long a taker is waited for, in milliseconds; default until the server closes. */
  waitFor?: number | undefined;
  /** Where a path is given: permissions of the socket file; default 0o600. */
  mode?: number | undefined;
  /** Called after each batch. */
  onProgress?: ((progress: HandOffServerProgress) => void) | undefined;
  /** Where an address is given: a hand-off has failed, all goes on here, and the next taker is waited for. */
  onFailed?: ((reason: AncillaryError) => void) | undefined;
}

/** How `handOffServer` has ended. */
export interface HandOffServerResult {
  /** Whether the taker has the listening socket; false for a server that was closed before anybody came, or does not listen. */
  readonly isHandedOver: boolean;
  /** How many connections have moved. */
  readonly moved: number;
  /** Those that are still served here: the process ends when they close. */
  readonly staying: Staying;
}

/** How `takeOverServer` takes. */
export interface TakeOverServerOptions extends HandoffOptions {
  /** How long an offer at the address is waited for while nobody offers or another takes over, in milliseconds; default 0. */
  waitFor?: number | undefined;
  /** Which of the listeners that are offered is the server's; not needed for the only one. */
  listener?: string | undefined;
  /** Called before anything is taken; the old process serves everything meanwhile. What it throws refuses it all. */
  prepare?: ((preparation: Preparation) => void | PromiseLike<void>) | undefined;
  /** Called with what `stateOf` said of a connection, before the server gets it. */
  restore?: ((socket: Socket, state: unknown) => void) | undefined;
}

/** How `takeOverServer` has ended. */
export interface TakeOverServerResult {
  /** Of the application. */
  readonly state: unknown;
  /** How many connections are served here now. */
  readonly moved: number;
  /** How many connections could not be served here after they were taken, and were closed. */
  readonly failed: number;
  /** How many are gone with the other process, which ended in the middle. */
  readonly lost: number;
  /**
   * Why it ended before its end, if it did; else why the first of those that `failed` is not served, which is told in
   * words of `restore` or of a listener. Unless the old process has ended (`ERR_ENDED`) one that ended early accepts again, and not
   * this one.
   */
  readonly error: AncillaryError | undefined;
}
