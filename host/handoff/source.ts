import { invalidArgument, setImmediate, show } from './base.js';
import type { OfferedConnection, OfferedConnections } from './types.js';

/** What `Source.next` gives when the next connection is not there at once. */
export const PENDING = Symbol('pending');

type Step = IteratorResult<OfferedConnection, unknown>;

/** Gives the connections one after the other, and waits only when it is told to. */
export class Source {
  readonly #iterator: Iterator<OfferedConnection> | AsyncIterator<OfferedConnection>;
  /** The step that is under way. */
  #step: Promise<Step> | undefined;
  #isOver = false;

  constructor(connections: OfferedConnections) {
    const given = connections as Partial<Iterable<OfferedConnection> & AsyncIterable<OfferedConnection>> | null;
    const make = given?.[Symbol.asyncIterator] ?? given?.[Symbol.iterator];
    if (typeof make !== 'function' || typeof given !== 'object') {
      throw invalidArgument(`connections must be a list, or what makes one, not ${show(connections)}`);
    }
    this.#iterator = (make as () => unknown).call(given) as
      | Iterator<OfferedConnection>
      | AsyncIterator<OfferedConnection>;
  }

  /** The next step if it is there now, or when the loop comes round; else PENDING, and `wait` waits for it. */
  async next(): Promise<Step | typeof PENDING> {
    if (this.#step === undefined) {
      const step = this.#iterator.next() as Step | Promise<Step>;
      if (!('then' in step)) return this.#took(step);
      this.#step = Promise.resolve(step);
    }
    const soon = new Promise<typeof PENDING>((resolve) => setImmediate(() => resolve(PENDING)));
    try {
      const step = await Promise.race([this.#step, soon]);
      return step === PENDING ? PENDING : this.#took(step);
    } catch (error) {
      this.#isOver = true;
      throw error;
    }
  }

  /** Resolves when the step that is under way has ended. */
  wait(): Promise<unknown> {
    return Promise.resolve(this.#step);
  }

  /** Ends it early. What comes out of it all the same goes to `onLate`. */
  end(onLate: (connection: OfferedConnection) => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const ignore = () => undefined;
    this.#step?.then((step) => {
      if (!step.done) onLate(step.value);
    }, ignore);
    try {
      Promise.resolve(this.#iterator.return?.()).then(ignore, ignore);
    } catch {
      // Why the hand-off has ended is what counts.
    }
  }

  #took(step: Step): Step {
    this.#step = undefined;
    if (step.done) this.#isOver = true;
    return step;
  }
}
