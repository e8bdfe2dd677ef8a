import { beginTurn, clearTimeout, limit, now, setImmediate, setTimeout, succeed, type WaitOptions } from './base.js';

/** What an attempt returns while it cannot be done yet. */
export const NOT_YET = Symbol('not yet');

/** So long after something has come is looked again in every turn of the event loop, in milliseconds. */
const BUSY_MS = 0.5;
/** Then a pause is this part of the time that nothing has come, from the shortest that a timer has to the longest. */
const PART = 1 / 4;
const PAUSE_FIRST = 1;
const PAUSE_MOST = 20;
/** So many of a line are served in one turn. */
const MOST_AT_ONCE = 32;
/** So many lines at most are tried before somebody new is: all of them each time would be quadratic. */
const MOST_AHEAD = 8;

type Attempt = () => unknown;

/** Tries once; returns whether its wait is over, well or not. */
type Waiter = () => boolean;

/**
 * Those that wait for one queue. No event tells of a queue: what sleeps in msgrcv could not be cancelled and would keep
 * the process from its end, so everybody asks now and then, without sleeping. Those that wait for the same stand in one
 * line, and are served in their order; of the lines, no one is served again while another that could be has not been.
 */
export class Lines {
  readonly #lines = new Map<string, Waiter[]>();
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  /** When something last came, or the first began to wait. */
  #since = 0;

  /** Calls `attempt` now, or when whoever waits for the same has been served, until it returns a result or throws. */
  wait<T>(line: string, attempt: () => T | typeof NOT_YET, options: WaitOptions, what: string): Promise<T> {
    // Whoever waits for something else was here before all the same; of very many it is asked in turns.
    if (this.#lines.size > 0) this.#serveSome();
    if (!this.#lines.has(line)) {
      const result = attempt();
      if (result !== NOT_YET) return succeed(result);
    }
    return new Promise<T>((resolve, reject) => this.#join(line, attempt, options, what, resolve as never, reject));
  }

  /** Whether anybody waits in `line`. */
  isBusy(line: string): boolean {
    return this.#lines.has(line);
  }

  /** Has everybody ask once more, and no more: each has his answer then. */
  dismiss(): void {
    for (const [line, waiters] of [...this.#lines]) {
      for (const waiter of [...waiters]) {
        waiter();
        this.#leave(line, waiter);
      }
    }
  }

  /** Looks again now: something is likely to have changed. */
  nudge(): void {
    this.#serve();
  }

  #join(
    line: string,
    attempt: Attempt,
    options: WaitOptions,
    what: string,
    resolve: (result: unknown) => void,
    reject: (error: unknown) => void,
  ): void {
    let endLimit = () => {};
    let isOver = false;
    const waiter = () => {
      if (isOver) return true;
      try {
        const result = attempt();
        if (result === NOT_YET) return false;
        isOver = true;
        // At once: what has been taken must have come, whatever a signal does.
        resolve(result);
      } catch (error) {
        isOver = true;
        reject(error);
      }
      endLimit();
      return true;
    };
    if (this.#lines.size === 0) this.#since = now();
    const waiters = this.#lines.get(line);
    if (waiters) waiters.push(waiter);
    else this.#lines.set(line, [waiter]);
    endLimit = limit(options, what, (error) => {
      this.#leave(line, waiter);
      reject(error);
    });
    this.#schedule();
  }

  #leave(line: string, waiter: Waiter): void {
    const waiters = this.#lines.get(line);
    const place = waiters?.indexOf(waiter) ?? -1;
    if (waiters && place >= 0) waiters.splice(place, 1);
    if (waiters?.length === 0) this.#lines.delete(line);
    if (this.#lines.size === 0) this.#rest();
  }

  /** Serves whoever can be, one of each line after the other, and first the line that was served longest ago. */
  #serve(lines = [...this.#lines.keys()]): void {
    let served = lines;
    for (let round = 0; round < MOST_AT_ONCE && served.length > 0; round++) {
      served = served.filter((line) => this.#serveFirst(line));
    }
  }

  /** The same for a few lines; of more than these, others come next time. */
  #serveSome(): void {
    const lines: string[] = [];
    for (const line of this.#lines.keys()) {
      if (lines.push(line) === MOST_AHEAD) break;
    }
    // Before, so that those which are served come behind those which are not.
    for (const line of lines) this.#moveBehind(line);
    this.#serve(lines);
  }

  /** Whether the first of a line was served; the line goes behind all others then. */
  #serveFirst(line: string): boolean {
    const waiter = this.#lines.get(line)?.[0];
    if (!waiter?.()) return false;
    this.#since = now();
    // A signal of somebody's own making may have been called, and have changed the line.
    this.#leave(line, waiter);
    this.#moveBehind(line);
    return true;
  }

  #moveBehind(line: string): void {
    const waiters = this.#lines.get(line);
    if (!waiters) return;
    this.#lines.delete(line);
    this.#lines.set(line, waiters);
  }

  readonly #look = () => {
    this.#timer = undefined;
    this.#immediate = undefined;
    beginTurn();
    this.#serve();
    if (this.#lines.size > 0) this.#schedule();
  };

  #schedule(): void {
    const waited = now() - this.#since;
    if (waited < BUSY_MS) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#immediate ??= setImmediate(this.#look);
      return;
    }
    if (this.#immediate !== undefined || this.#timer !== undefined) return;
    this.#timer = setTimeout(this.#look, Math.min(PAUSE_MOST, Math.max(PAUSE_FIRST, waited * PART)));
  }

  /** Nobody waits: nothing keeps the process alive. An immediate that was asked for comes in this turn, and finds nobody. */
  #rest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
