import { AncillaryError } from '../errors/error.js';

/** Linear memory above the module's own data: a stack of areas, released in the order opposite to their reservation. */
export class Arena {
  #top: number;
  readonly #end: number;

  constructor(start: number, end: number) {
    this.#top = start;
    this.#end = end;
  }

  /** Bytes that can still be reserved. */
  get free(): number {
    return this.#end - this.#top;
  }

  /** Reserves `size` bytes for good, at a multiple of `align` (a power of two), and returns their offset. */
  reserve(size: number, align = 16): number {
    const at = (this.#top + align - 1) & -align;
    if (size > this.#end - at) {
      throw new AncillaryError(
        'ERR_TOO_LARGE',
        `${size} bytes do not fit into the codec's memory (${this.free} are free): use smaller buffers`,
      );
    }
    this.#top = at + size;
    return at;
  }

  /** Lends `size` bytes to `use` and takes them back when it returns or throws. */
  lend<T>(size: number, use: (at: number) => T): T {
    const top = this.#top;
    try {
      return use(this.reserve(size));
    } finally {
      this.#top = top;
    }
  }
}
