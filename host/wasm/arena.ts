import { AncillaryError } from '../errors/error.js';

/**
 * Linear memory above the module's own data. What is kept for good is taken from its end, what is lent for the time of
 * a call from its start, so that the one may happen within the other:
 *
 *   start                 lent                                reserved                    end
 *   | lent, a stack ->    |              free                 | <- reserved               |
 */
export class Arena {
  #lent: number;
  #reserved: number;

  constructor(start: number, end: number) {
    this.#lent = start;
    this.#reserved = end;
  }

  /** Bytes that are free. */
  get free(): number {
    return this.#reserved - this.#lent;
  }

  /** Reserves `size` bytes for good, at a multiple of `align` (a power of two), and returns their offset. */
  reserve(size: number, align = 16): number {
    const at = (this.#reserved - size) & -align;
    if (at < this.#lent) throw this.#tooLarge(size);
    this.#reserved = at;
    return at;
  }

  /** Lends `size` bytes to `use` and takes them back when it returns or throws. */
  lend<T>(size: number, use: (at: number) => T): T {
    const before = this.#lent;
    const at = (before + 15) & -16;
    if (size > this.#reserved - at) throw this.#tooLarge(size);
    this.#lent = at + size;
    try {
      return use(at);
    } finally {
      this.#lent = before;
    }
  }

  #tooLarge(size: number): AncillaryError {
    return new AncillaryError(
      'ERR_TOO_LARGE',
      `${size} bytes do not fit into the codec's memory, of which ${this.free} are free: use smaller buffers`,
    );
  }
}
