import type { WaitOptions } from '../reactor/limit.js';
import { NOT_YET, retry } from '../reactor/wait.js';
import { now } from '../runtime/globals.js';

/** How long, in milliseconds. */
const REST = 20;

/** A moment in which nothing is tried, after what cannot be had at once: a loop would do nothing else meanwhile. */
export class Rest {
  #end = 0;

  begin(): void {
    this.#end = now() + REST;
  }

  get isOn(): boolean {
    return now() < this.#end;
  }

  /** Waits until it is over, or until `check` throws; the options with what is left of their timeout. */
  async over(options: WaitOptions, what: string, check: () => void): Promise<WaitOptions> {
    const begun = now();
    const attempt = () => {
      check();
      return this.isOn ? NOT_YET : undefined;
    };
    await retry(attempt, options, what);
    const { signal, timeout } = options;
    return timeout === undefined ? options : { signal, timeout: Math.max(0, Math.ceil(timeout - (now() - begun))) };
  }
}
