/** The service manager that started the supervisor itself, if one did: it hears when the first run is ready. */
import { type NotifyState, notify, watchdogInterval } from '../../adapters/notify.js';
import { complain } from '../output.js';

/** How long a message may take, in milliseconds: a manager that hangs must not keep the program from its restart. */
const LIMIT_MS = 2000;

export class OuterManager {
  readonly #timer: NodeJS.Timeout | undefined;
  #isWell = true;

  constructor() {
    const interval = watchdogInterval({ unset: true });
    if (interval !== undefined) this.#timer = setInterval(() => void this.tell({ WATCHDOG: 1 }), interval / 2).unref();
  }

  /** Never rejects: what it cannot be told is complained of once. */
  async tell(state: NotifyState): Promise<void> {
    try {
      await notify(state, { timeout: LIMIT_MS });
    } catch (error) {
      if (this.#isWell) complain(`the service manager cannot be told: ${(error as Error).message}`);
      this.#isWell = false;
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
