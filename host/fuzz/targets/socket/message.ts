/** An input as a message: its control messages, mended so that the kernel takes most of them, and the data beside. */
import { SCM_MAX_FD, SOL_SOCKET } from '../../../libc/constants.js';
import { native } from '../../../libc/native.js';
import { CONNECTION } from './descriptors.js';
import { CONTROL_ROOM, IS_LITTLE, type MessageMemory } from './memory.js';

const SCM_RIGHTS = 1;
const SCM_CREDENTIALS = 2;
/** struct ucred */
const CREDENTIALS = 12;
/** One of so many inputs goes as it is. */
const RAW = 16;
/** And one of so many has no data, where an empty message is one. */
const EMPTY = 8;

/** How much of what lies in memory is to be sent. */
export interface Message {
  readonly control: number;
  readonly data: number;
}

/**
 * Puts an input into memory as control messages and data. The control messages are those of the input up to the first
 * whose length leads nowhere; what follows is data, or one byte where nothing does: a file of plain data is data as a
 * whole. Numbers of descriptors are replaced with those of `numbers`, and credentials with our own; a length ends where
 * the input does; from the 254th descriptor on they are cut off. What the kernel makes of the rest is its affair. One
 * input of sixteen goes as it is.
 */
export class MessageMaker {
  readonly #memory: MessageMemory;
  readonly #numbers: readonly number[];
  /** Bytes of a cmsg_len, of what lies before a payload, and what messages are aligned to. */
  readonly #word: number;
  readonly #payload: number;
  readonly #unit: number;
  readonly #own = [process.pid, process.getuid?.() ?? 0, process.getgid?.() ?? 0];

  constructor(memory: MessageMemory, numbers: readonly number[]) {
    const { codec, abi } = native();
    this.#memory = memory;
    this.#numbers = numbers;
    this.#word = codec.exports.abiWord(abi);
    this.#payload = codec.exports.abiData(abi);
    this.#unit = codec.exports.abiUnit(abi);
  }

  /** `connection` is its number; `isEmptyTaken`: whether a message without data is one. */
  make(input: Uint8Array, connection: number, isEmptyTaken: boolean): Message {
    const { bytes, control, data, dataRoom } = this.#memory;
    const size = Math.min(input.length, CONTROL_ROOM);
    bytes.set(input.subarray(0, size), control);
    const hash = hashOf(input);
    const end = hash % RAW === 0 ? size : this.#mend(size, connection);
    const rest = input.subarray(end, end + dataRoom);
    bytes.set(rest, data);
    if (rest.length > 0) return { control: end, data: rest.length };
    bytes[data] = 0;
    return { control: end, data: isEmptyTaken && (hash >>> 8) % EMPTY === 0 ? 0 : 1 };
  }

  /** Mends the messages in the first `size` bytes of control; returns where they end. */
  #mend(size: number, connection: number): number {
    const { control } = this.#memory;
    let at = 0;
    let left = SCM_MAX_FD;
    while (size - at >= this.#word + 8) {
      const place = control + at;
      const room = size - at;
      let length = this.#length(place);
      const type = this.#passedType(place);
      if (length < this.#payload || room < this.#payload) break;
      if (length > room) {
        if (type === 0) break;
        length = room;
      }
      if (type === SCM_RIGHTS) {
        const count = Math.min((length - this.#payload) >> 2, left);
        left -= count;
        length = this.#payload + 4 * count;
        this.#putNumbers(place + this.#payload, count, connection);
      } else if (type === SCM_CREDENTIALS) {
        if (length - this.#payload < CREDENTIALS) break;
        length = this.#payload + CREDENTIALS;
        this.#own.forEach((value, i) => void this.#put(place + this.#payload + 4 * i, value));
      }
      this.#putLength(place, length);
      const step = (length + this.#unit - 1) & -this.#unit;
      if (step >= room) return size;
      at += step;
    }
    return at;
  }

  /** The type of a message that reaches the peer, 0 of all others. */
  #passedType(place: number): number {
    const { view } = this.#memory;
    const [level, type] = [
      view.getInt32(place + this.#word, IS_LITTLE),
      view.getInt32(place + this.#word + 4, IS_LITTLE),
    ];
    return level === SOL_SOCKET && (type === SCM_RIGHTS || type === SCM_CREDENTIALS) ? type : 0;
  }

  #putNumbers(place: number, count: number, connection: number): void {
    for (let i = 0; i < count; i++) {
      const at = place + 4 * i;
      const chosen = this.#numbers[this.#memory.view.getUint32(at, IS_LITTLE) % this.#numbers.length] as number;
      this.#put(at, chosen === CONNECTION ? connection : chosen);
    }
  }

  #put(at: number, value: number): void {
    this.#memory.view.setInt32(at, value, IS_LITTLE);
  }

  #length(at: number): number {
    const { view } = this.#memory;
    return this.#word === 8 ? Number(view.getBigUint64(at, IS_LITTLE)) : view.getUint32(at, IS_LITTLE);
  }

  #putLength(at: number, value: number): void {
    if (this.#word === 8) this.#memory.view.setBigUint64(at, BigInt(value), IS_LITTLE);
    else this.#put(at, value);
  }
}

/** FNV-1a. */
function hashOf(input: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of input) hash = Math.imul(hash ^ byte, 0x01000193);
  // The lowest bits of the product depend on the lowest bits of the bytes only.
  return (hash ^ (hash >>> 15)) >>> 0;
}
