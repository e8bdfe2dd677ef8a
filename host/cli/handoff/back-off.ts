/** How long to wait before a program that ends again and again is started again, in milliseconds. */
const FIRST = 100;
const MOST = 30_000;
/** What has run for so long did not end for want of something at its start. */
const LONG = 10_000;

/** Pauses that double from one end to the next. */
export class BackOff {
  #pause = 0;

  get pause(): number {
    return this.#pause;
  }

  /** The program has ended, after so many milliseconds; 0 if it was never ready. */
  note(ms = 0): void {
    this.#pause = this.#pause === 0 || ms >= LONG ? FIRST : Math.min(2 * this.#pause, MOST);
  }
}
