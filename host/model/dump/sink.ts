import { AncillaryError } from '../../errors/error.js';

/** The most bytes that a dump may hold: the codec's memory has room for little more. */
export const MOST_BYTES = 1 << 20;

export function tooManyBytes(): AncillaryError {
  return new AncillaryError(
    'ERR_TOO_LARGE',
    `the dump holds more than ${MOST_BYTES} bytes, which is all that the codec's memory has room for: give less of it`,
  );
}

/** The bytes of a dump as they are read, `MOST_BYTES` at most. */
export class ByteSink {
  #bytes = new Uint8Array(4096);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(byte: number): void {
    this.#grow(1);
    this.#bytes[this.#size++] = byte;
  }

  /** The bytes of an unsigned word, in the order of memory. */
  addWord(word: bigint, size: number, bigEndian: boolean): void {
    for (let i = 0; i < size; i++) {
      this.add(Number((word >> BigInt(8 * (bigEndian ? size - 1 - i : i))) & 0xffn));
    }
  }

  /** The last `size` bytes once more, `times` times. */
  repeat(size: number, times: number): void {
    if (size === 0) return;
    this.#grow(size * times);
    const last = this.#bytes.slice(this.#size - size, this.#size);
    for (let i = 0; i < times; i++, this.#size += size) this.#bytes.set(last, this.#size);
  }

  /** Takes the last `count` bytes away. */
  drop(count: number): void {
    this.#size -= count;
  }

  take(): Uint8Array {
    return this.#bytes.slice(0, this.#size);
  }

  #grow(count: number): void {
    const size = this.#size + count;
    if (size > MOST_BYTES) throw tooManyBytes();
    if (size <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.min(MOST_BYTES, Math.max(size, 2 * this.#bytes.length)));
    larger.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = larger;
  }
}
