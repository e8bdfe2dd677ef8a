/** Bytes of a table, little endian as WebAssembly has them; a number that does not fit is an error. */
export class Bytes {
  /** @type {number[]} */
  list = [];

  get length() {
    return this.list.length;
  }

  /** @param {number} value */
  u8(value) {
    return this.#put(value, 1, 0, 2 ** 8 - 1);
  }

  /** @param {number} value */
  u16(value) {
    return this.#put(value, 2, 0, 2 ** 16 - 1);
  }

  /** @param {number} value */
  i32(value) {
    return this.#put(value, 4, -(2 ** 31), 2 ** 31 - 1);
  }

  /** @param {number} value */
  u32(value) {
    return this.#put(value, 4, 0, 2 ** 32 - 1);
  }

  /** @param {number} value @param {number} size @param {number} least @param {number} most */
  #put(value, size, least, most) {
    if (!Number.isInteger(value) || value < least || value > most) throw new Error(`${value} in ${size} bytes`);
    for (let i = 0; i < size; i++) this.list.push(Math.floor(value / 2 ** (8 * i)) & 0xff);
    return this;
  }
}

/**
 * ASCII texts, each once: its characters, the last one with bit 7. A text goes by its offset, which lies within another
 * one that ends as it does.
 */
export class Names {
  bytes = new Bytes();
  /** @type {Map<string, number>} */
  #offsets = new Map();

  /** @param {Iterable<string>} expected  texts that will be asked for, or some of them */
  constructor(expected = []) {
    const longestFirst = [...expected].sort((a, b) => b.length - a.length);
    for (const text of longestFirst) this.of(text);
  }

  get texts() {
    return this.#offsets.keys();
  }

  /** @param {string} text */
  of = (text) => {
    const offset = this.#offsets.get(text) ?? this.#within(text) ?? this.#add(text);
    this.#offsets.set(text, offset);
    return offset;
  };

  /** Its place in one that ends as it does. @param {string} text */
  #within(text) {
    for (const [other, offset] of this.#offsets) if (other.endsWith(text)) return offset + other.length - text.length;
    return undefined;
  }

  /** @param {string} text */
  #add(text) {
    if (!/^[\x20-\x7e]+$/.test(text)) throw new Error(`'${text}' cannot be packed as a name`);
    const offset = this.bytes.length;
    for (let i = 0; i < text.length; i++) this.bytes.u8(text.charCodeAt(i) | (i === text.length - 1 ? 0x80 : 0));
    return offset;
  }
}
