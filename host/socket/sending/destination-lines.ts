import { limit, type WaitOptions } from '../../reactor/limit.js';
import { GO_ON, NOT_YET } from '../../reactor/wait.js';
import { clearTimeout, setTimeout } from '../../runtime/globals.js';
import type { IsFree } from './held-message.js';

/** How long is paused between two tries, at first and at most, in milliseconds. */
const PAUSE_FIRST = 1;
const PAUSE_MOST = 20;
/** So many may be served in one turn. */
const MOST_SERVED = 64;

/** What is sent: what the send resolves to, NOT_YET while there is no room, GO_ON where there was room for a part of it. */
type Attempt = (isFree: IsFree) => number | typeof NOT_YET | typeof GO_ON;

/** The line of those that go to several receivers. No address has this key. */
export const SEVERAL = '';

interface Waiting {
  /** Who came later has a greater one. */
  ticket: number;
  attempt: Attempt;
  resolve: (count: number) => void;
  reject: (error: unknown) => void;
}

interface Line {
  waiting: Waiting[];
  pause: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Datagrams that wait until one of many receivers has room. No event tells of it: epoll says of a socket that is not
 * connected whether itself could send (net/unix/af_unix.c, unix_dgram_poll), so it is tried again after ever longer
 * pauses. Each receiver has a line of its own, or one that reads nothing would hold up the answers to all others. What
 * goes to several stands in one more line: it overtakes nobody who waits for one of them, and nobody overtakes it.
 */
export class DestinationLines {
  readonly #lines = new Map<string, Line>();
  #tickets = 0;

  /** Whether something waits for that receiver, or for several. */
  isBusy(to: string): boolean {
    return this.#lines.has(to) || this.#lines.has(SEVERAL);
  }

  /** Whether nothing waits for that receiver that came before the holder of `ticket`. */
  #isFree(to: string | undefined, ticket: number): boolean {
    const first = to === undefined ? undefined : this.#lines.get(to)?.waiting[0];
    return first === undefined || first.ticket > ticket;
  }

  /** Stands in the line of the receiver `to`; resolves to what the attempt returns when it succeeds. */
  wait(to: string, attempt: Attempt, options: WaitOptions, what: string): Promise<number> {
    return new Promise<number>((resolve, reject) => {
      let line = this.#lines.get(to);
      if (!line) {
        line = { waiting: [], pause: PAUSE_FIRST, timer: undefined };
        this.#lines.set(to, line);
      }
      const waiting: Waiting = { ticket: this.#tickets++, attempt, resolve, reject };
      line.waiting.push(waiting);
      const end = limit(options, what, (error) => {
        this.#leave(to, waiting);
        reject(error);
      });
      waiting.resolve = (count) => {
        end();
        resolve(count);
      };
      waiting.reject = (error) => {
        end();
        reject(error);
      };
      line.timer ??= setTimeout(() => this.#serve(to), line.pause);
    });
  }

  /** Nobody waits any more: each fails with `error`. */
  dismiss(error: unknown): void {
    for (const [to, { waiting, timer }] of [...this.#lines]) {
      clearTimeout(timer);
      this.#lines.delete(to);
      for (const each of waiting) each.reject(error);
    }
  }

  #serve(to: string): void {
    const line = this.#lines.get(to);
    if (!line) return;
    line.timer = undefined;
    for (let served = 0; served < MOST_SERVED; served++) {
      const [first] = line.waiting;
      if (!first) break;
      if (to !== SEVERAL && !this.#isFree(SEVERAL, first.ticket)) break;
      let result: ReturnType<Attempt>;
      try {
        result = first.attempt((to) => this.#isFree(to, first.ticket));
      } catch (error) {
        this.#leave(to, first);
        first.reject(error);
        continue;
      }
      if (result === NOT_YET) {
        line.pause = Math.min(2 * line.pause, PAUSE_MOST);
        break;
      }
      line.pause = PAUSE_FIRST;
      if (result === GO_ON) break;
      this.#leave(to, first);
      first.resolve(result);
    }
    // Whoever watches the channels may have closed the socket, or sent more, meanwhile.
    if (this.#lines.get(to) === line) line.timer ??= setTimeout(() => this.#serve(to), line.pause);
  }

  #leave(to: string, waiting: Waiting): void {
    const line = this.#lines.get(to);
    const place = line?.waiting.indexOf(waiting) ?? -1;
    if (!line || place < 0) return;
    line.waiting.splice(place, 1);
    if (line.waiting.length > 0) return;
    clearTimeout(line.timer);
    this.#lines.delete(to);
  }
}
