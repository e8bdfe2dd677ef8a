import type { WaitOptions } from '../../reactor/limit.js';
import { NOT_YET, retry } from '../../reactor/wait.js';
import { now, setTimeout } from '../../runtime/globals.js';

/** How long, in milliseconds. */
const REST = 20;

/** A moment in which nothing is tried, after what cannot be had at once: a loop would do nothing else meanwhile. */
export class Rest {
  isOn = false;

  begin(): void {
    if (this.isOn) return;
    this.isOn = true;
    // A timer, not a clock to be looked at: that may stand still (fake timers).
    setTimeout(() => {
      this.isOn = false;
    }, REST).unref();
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
