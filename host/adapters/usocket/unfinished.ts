import { protect } from './protect.js';

type Callback = (error?: Error | null) => void;

/**
 * What a Writable has begun and waits for: one write, or its end. Its callback is called once, when that is over or given
 * up, whichever comes first: what comes of it later is no concern of the next connection.
 */
export class Unfinished {
  #finish: Callback | undefined;

  /** `callback`, to be called when it is over. */
  begin(callback: Callback): Callback {
    const finish: Callback = (error) => {
      if (this.#finish !== finish) return;
      this.#finish = undefined;
      callback(error);
    };
    this.#finish = finish;
    return finish;
  }

  /** Gives it up, if there is one. */
  giveUp(error: Error): void {
    protect(() => this.#finish?.(error));
  }
}
