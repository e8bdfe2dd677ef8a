/** The inputs since the last look, in one stretch of memory that is used again and again. */
export class Recent {
  readonly #bytes = new Uint8Array(1 << 19);
  readonly #ends: number[] = [];

  /** Adds a copy; where there is no room any more, the oldest are forgotten. */
  add(input: Uint8Array): void {
    let start = this.#ends.at(-1) ?? 0;
    if (start + input.length > this.#bytes.length) {
      this.#ends.length = 0;
      start = 0;
    }
    this.#bytes.set(input, start);
    this.#ends.push(start + input.length);
  }

  /** Copies of all, and begins anew. */
  take(): Uint8Array[] {
    const inputs = this.#ends.map((end, i) => this.#bytes.slice(this.#ends[i - 1] ?? 0, end));
    this.clear();
    return inputs;
  }

  clear(): void {
    this.#ends.length = 0;
  }
}
