import { Buffer } from 'node:buffer';
import { native } from './base.js';
import { queueCalls } from './calls.js';

/** So much text there is room for at first: eight times the most that Linux lets through by default. */
const TEXT_FIRST = 65536;
/** Up to here a loop copies faster than the call of `set` takes. */
const FEW = 24;
/** Below this `Buffer.allocUnsafe` has memory ready. */
const POOLED = Buffer.poolSize >>> 1;
/** So much is taken of a slab at most, and a slab has so much. */
const SHARED_MOST = 16384;
const SLAB = 65536;
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
  /** The text of the message taken last. */
  #view: Uint8Array = new Uint8Array(0);
  /** The type's two halves, the lower first: koffi runs on little-endian machines alone. */
  #halves = new Int32Array(0);

  constructor() {
    this.text = queueCalls().long;
    this.reserve(TEXT_FIRST);
  }

  /** Makes room for `size` bytes of text; what is in it is lost. */
  reserve(size: number): void {
    if (size <= this.room) return;
    const buffer = new ArrayBuffer(this.text + size);
    this.#bytes = new Uint8Array(buffer);
    this.#view = new Uint8Array(0);
    this.#halves = new Int32Array(buffer, 0, this.text / 4);
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
    const low = this.#halves[0] as number;
    const high = this.#halves[1] ?? 0;
    if (high === 0 && low >= 0) return low;
    // Below 2^53 every integer is a number.
    if (high < 2 ** 21) return high * 2 ** 32 + (low >>> 0);
    return (BigInt(high) << 32n) + BigInt(low >>> 0);
  }

  set type(long: number | bigint) {
    const halves = this.#halves;
    if (typeof long === 'bigint') {
      halves[0] = Number(long & 0xffff_ffffn);
      halves[1] = Number(long >> 32n);
    } else {
      halves[0] = long;
      // On a machine where a long has 32 bits there is no other half, and this does nothing.
      halves[1] = long / 2 ** 32;
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
    const data = size > POOLED && size <= SHARED_MOST ? share(size) : Buffer.allocUnsafe(size);
    this.takeInto(data, size);
    return data;
  }

  takeInto(into: Uint8Array, size: number): void {
    const bytes = this.#bytes;
    const start = this.text;
    if (size <= FEW) for (let i = 0; i < size; i++) into[i] = bytes[start + i] as number;
    else {
      // Messages that come one after the other are often of one length.
      if (this.#view.length !== size) this.#view = bytes.subarray(start, start + size);
      into.set(this.#view);
    }
  }
}

let shared = Buffer.alloc(0);
let used = 0;

/**
 * Memory of a slab that a few messages share, as those of `Buffer.allocUnsafe` do that are smaller: fresh memory for each
 * takes longer than the system call.
 */
function share(size: number): Buffer {
  if (used + size > shared.length) {
    shared = Buffer.allocUnsafeSlow(SLAB);
    used = 0;
  }
  const start = used;
  used = (start + size + 7) & -8;
  return shared.subarray(start, start + size);
}

let memory: MessageMemory | undefined;

/** The one of this thread. */
export function messageMemory(): MessageMemory {
  memory ??= new MessageMemory();
  return memory;
}
