import { NativePromise, now, setImmediate } from '../../runtime/globals.js';

/** So many milliseconds may pass until messages are looked for. */
const SLICE = 40;
const MOST = 65536;

/** When to let messages in: asking the clock for each input would cost as much as a fast target takes. */
export class Pace {
  #batch = 1;
  #left = 1;
  #begun = now();

  /** Whether enough has been done for one turn of the event loop. */
  isOver(): boolean {
    this.#left -= 1;
    if (this.#left > 0) return false;
    const took = now() - this.#begun;
    if (took < SLICE / 4) this.#batch = Math.min(this.#batch * 2, MOST);
    else if (took > SLICE) this.#batch = Math.max(this.#batch >> 1, 1);
    this.#left = this.#batch;
    if (took < SLICE / 4) return false;
    this.#begun = now();
    return true;
  }
}

/** One turn of the event loop. */
export function turn(): Promise<void> {
  return new NativePromise((resolve) => setImmediate(resolve));
}
