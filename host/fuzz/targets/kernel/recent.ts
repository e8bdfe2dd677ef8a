/** The inputs since the last look, `most` of them at most, in one stretch of memory that is used again and again. */
export class Recent {
  readonly #bytes = new Uint8Array(1 << 19);
  readonly #ends: Uint32Array;
  #count = 0;

  constructor(most: number) {
    this.#ends = new Uint32Array(most);
  }

  /** Adds a copy; where there is no room any more, the oldest are forgotten. */
  add(input: Uint8Array): void {
    if (this.#count === this.#ends.length || this.#end + input.length > this.#bytes.length) this.clear();
    const start = this.#end;
    this.#bytes.set(input, start);
    this.#ends[this.#count++] = start + input.length;
  }

  /** Copies of all, and begins anew. */
  take(): Uint8Array[] {
    const ends = this.#ends.subarray(0, this.#count);
    const inputs = Array.from(ends, (end, i) => this.#bytes.slice(ends[i - 1] ?? 0, end));
    this.clear();
    return inputs;
  }

  clear(): void {
    this.#count = 0;
  }

  get #end(): number {
    return this.#count > 0 ? (this.#ends[this.#count - 1] as number) : 0;
  }
}
