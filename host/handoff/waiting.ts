import { clearTimeout, limit, setTimeout, type WaitOptions } from './base.js';

/** How often a side says that it lives while the other one waits for it, in milliseconds. */
export const SIGN_EVERY = 500;

/**
 * What `work` comes to, within the limits. Meanwhile `onTick` is called again and again; what it throws ends the wait.
 * When the wait ends before `work` does, nobody hears what becomes of that.
 */
export function whileWaiting<T>(
  work: PromiseLike<T>,
  limits: WaitOptions,
  what: string,
  onTick: () => void = () => undefined,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    let finish: () => void = () => undefined;
    const end = (settle: () => void) => {
      clearTimeout(timer);
      finish();
      settle();
    };
    const tick = () => {
      try {
        onTick();
        timer = setTimeout(tick, SIGN_EVERY);
      } catch (error) {
        end(() => reject(error));
      }
    };
    timer = setTimeout(tick, SIGN_EVERY);
    finish = limit(limits, what, (error) => end(() => reject(error)));
    work.then(
      (value) => end(() => resolve(value)),
      (error) => end(() => reject(error)),
    );
  });
}
