/**
 * Ends a wait, as an AbortController does. That is a global, which not every environment of a test runner has, and takes
 * long to make.
 */
export class Cancel {
  #isCancelled = false;
  readonly #listeners = new Set<() => void>();

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /** What a wait is given. */
  readonly signal = {
    addEventListener: (_: string, listener: () => void) => void this.#listeners.add(listener),
    removeEventListener: (_: string, listener: () => void) => void this.#listeners.delete(listener),
    aborted: false,
    reason: undefined,
  } as unknown as AbortSignal;

  cancel(): void {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    (this.signal as { aborted: boolean }).aborted = true;
    for (const listener of this.#listeners) listener();
  }
}
