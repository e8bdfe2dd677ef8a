/** What is wanted of the supervisor from outside: a restart, or the end. */
export class Wishes {
  #restart: string | undefined;
  #stop: NodeJS.Signals | undefined;
  #wake: () => void = () => undefined;
  #changed: Promise<void>;

  constructor() {
    this.#changed = this.#next();
  }

  /** Why the program is to be restarted, if it is. */
  get restart(): string | undefined {
    return this.#restart;
  }

  /** The signal that ends the supervisor, if one has come. */
  get stop(): NodeJS.Signals | undefined {
    return this.#stop;
  }

  wishRestart(reason: string): void {
    this.#restart = reason;
    this.#signal();
  }

  wishStop(signal: NodeJS.Signals): void {
    this.#stop = signal;
    this.#signal();
  }

  /** The restart is being done. */
  takeRestart(): string | undefined {
    const reason = this.#restart;
    this.#restart = undefined;
    return reason;
  }

  /** Resolves when there is a wish. */
  async any(): Promise<void> {
    while (this.#restart === undefined && this.#stop === undefined) await this.#changed;
  }

  #signal(): void {
    const wake = this.#wake;
    this.#changed = this.#next();
    wake();
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
