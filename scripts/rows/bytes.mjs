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

/** ASCII texts, each once: a length byte, then its characters. A text goes by its offset. */
export class Names {
  bytes = new Bytes();
  /** @type {Map<string, number>} */
  #offsets = new Map();

  /** @param {string} text */
  of = (text) => {
    const known = this.#offsets.get(text);
    if (known !== undefined) return known;
    if (!/^[\x20-\x7e]{1,255}$/.test(text)) throw new Error(`'${text}' cannot be packed as a name`);
    const offset = this.bytes.length;
    this.bytes.u8(text.length);
    for (const character of text) this.bytes.u8(character.charCodeAt(0));
    this.#offsets.set(text, offset);
    return offset;
  };
}
