import { settledFds, untilOpen } from './descriptors.js';
import type { Suite } from './suite.js';

/** Makes tests after which no descriptor more is open than before, once what is closed aside is closed. */
export const leavingNothing =
  (t: Suite) =>
  (name: string, fn: () => unknown, options?: { timeout?: number }): void =>
    t.test(
      name,
      async () => {
        const before = await settledFds();
        await fn();
        await untilOpen(before);
      },
      options,
    );
