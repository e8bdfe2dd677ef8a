import type { Verdict } from '../target.js';

/** How many inputs showed each class. */
export class Tally {
  readonly #counts = new Map<string, number>();
  readonly #known: Set<string>;

  /** `known`: classes of which an input has been found before. */
  constructor(known: readonly string[]) {
    this.#known = new Set(known);
  }

  /** Counts; whether the class is a new one. */
  count({ class: name }: Verdict): boolean {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    const isNew = !this.#known.has(name);
    this.#known.add(name);
    return isNew;
  }

  /** The counts; where the target counts by itself, its own. */
  counts(own?: ReadonlyMap<string, number>): Record<string, number> {
    return Object.fromEntries([...this.#counts].map(([name, count]) => [name, own?.get(name) ?? count]));
  }
}
