import { now, setTimeout } from '../../../runtime/globals.js';

/** So much may be made up for at once, in milliseconds: a timer is no more exact. */
const CREDIT = 20;

/** Holds back what would go faster than so many times a second. */
export class Rate {
  readonly #interval: number;
  #next = now();

  constructor(perSecond: number) {
    this.#interval = 1000 / perSecond;
  }

  async wait(): Promise<void> {
    const time = now();
    this.#next = Math.max(this.#next + this.#interval, time - CREDIT);
    if (this.#next > time) await new Promise<void>((resolve) => setTimeout(resolve, this.#next - time));
  }
}
