import { Buffer } from 'node:buffer';
import { native } from './base.js';
import { queueCalls } from './calls.js';

/** So much text there is room for at first: eight times the most that Linux lets through by default. */
const TEXT_FIRST = 65536;
/** Up to here a loop copies faster than the call of `set` takes. */
const FEW = 24;
/** More than this is not kept when a message that needed it has gone. */
const KEPT_MOST = 1048576;

/**
 * One message as the kernel reads and writes it (struct msgbuf): a long, its type, and its bytes. It is outside the
 * codec's memory, because a message may be larger than that. One is enough: between a call and its reading nothing else
 * runs.
 */
export class MessageMemory {
  /** Native address of the message. */
  address = 0;
  /** How many bytes of text there is room for. */
  room = 0;
  /** sizeof(long), where the text begins. */
  readonly text: 4 | 8;
  #bytes: Uint8Array = new Uint8Array(0);
  #view = new DataView(new ArrayBuffer(0));
  readonly #isLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

  constructor() {
    this.text = queueCalls().long;
    this.reserve(TEXT_FIRST);
  }

  /** Makes room for `size` bytes of text; what is in it is lost. */
  reserve(size: number): void {
    if (size <= this.room) return;
    const buffer = new ArrayBuffer(this.text + size);
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
    this.address = Number(native().koffi.address(this.#bytes));
    this.room = size;
  }

  /** Gives up what a very large message has needed. */
  shrink(): void {
    if (this.room <= KEPT_MOST) return;
    this.room = 0;
    this.reserve(TEXT_FIRST);
  }

  /** The type: a bigint only where a number is not exact. */
  get type(): number | bigint {
    if (this.text === 4) return this.#view.getInt32(0, this.#isLittle);
    const low = this.#view.getUint32(this.#isLittle ? 0 : 4, this.#isLittle);
    const high = this.#view.getInt32(this.#isLittle ? 4 : 0, this.#isLittle);
    // Below 2^53 every integer is a number.
    if (high >= 0 && high < 2 ** 21) return high * 2 ** 32 + low;
    return this.#view.getBigInt64(0, this.#isLittle);
  }

  set type(type: number | bigint) {
    if (this.text === 4) this.#view.setInt32(0, Number(type), this.#isLittle);
    else if (typeof type === 'bigint') this.#view.setBigInt64(0, type, this.#isLittle);
    else {
      this.#view.setUint32(this.#isLittle ? 0 : 4, type % 2 ** 32, this.#isLittle);
      this.#view.setUint32(this.#isLittle ? 4 : 0, Math.floor(type / 2 ** 32), this.#isLittle);
    }
  }

  /** Puts the bytes of a message in. */
  put(data: Uint8Array, size: number): void {
    this.reserve(size);
    const bytes = this.#bytes;
    const start = this.text;
    if (size <= FEW) for (let i = 0; i < size; i++) bytes[start + i] = data[i] as number;
    else bytes.set(data, start);
  }

  /** A copy of the first `size` bytes of text. */
  take(size: number): Buffer {
    const data = Buffer.allocUnsafe(size);
    this.takeInto(data, size);
    return data;
  }

  takeInto(into: Uint8Array, size: number): void {
    const bytes = this.#bytes;
    const start = this.text;
    if (size <= FEW) for (let i = 0; i < size; i++) into[i] = bytes[start + i] as number;
    else into.set(bytes.subarray(start, start + size));
  }
}

let memory: MessageMemory | undefined;

/** The one of this thread. */
export function messageMemory(): MessageMemory {
  memory ??= new MessageMemory();
  return memory;
}
