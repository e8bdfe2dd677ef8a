import { bufferOf, viewOf } from '../../check/bytes.js';
import { numberOfSendable, type Sendable } from '../../fd/sendable.js';
import { MSG_DONTWAIT, MSG_NOSIGNAL } from '../../libc/constants.js';
import { EINTR } from '../../libc/errno.js';
import { type Native, native } from '../../libc/native.js';
import { BATCH_MOST, type BatchMemory, reserveBatch } from './batch-memory.js';
import type { Outgoing } from './data.js';
import { FEW, MANY, type MessageTrace, SHAPE } from './frame.js';
import { OutgoingFrame } from './outgoing-frame.js';

/** Bytes for control messages in each slot: 253 descriptors (1,032), credentials (32), and little else (IP options). */
const CONTROL_ROOM = 1216;
/** The most further control messages in a slot, in bytes: beside as many descriptors as there may be. */
const FURTHER_MOST = CONTROL_ROOM - 1032 - 32;
/** Bytes of data that are copied in one call; what finds no room there is read where it is. */
const DATA_ROOM = 65536;

/** The frames of one sendmmsg, each for a message. */
export class OutgoingBatch {
  readonly #native: Native = native();
  readonly #memory: BatchMemory = reserveBatch(CONTROL_ROOM, DATA_ROOM);
  readonly #frames = this.#memory.slots.map((stretches) => new OutgoingFrame(stretches, CONTROL_ROOM));
  /** What the control bytes of each slot hold, as the summary says it. */
  readonly #shapes = new Int32Array(BATCH_MOST);
  readonly #controllens = new Int32Array(BATCH_MOST);
  readonly #word = (this.#memory.slots[0] as { summary: number }).summary / 4 + SHAPE;
  /** Bytes of the data stretch that are used. */
  #used = 0;

  /** Whether a slot has room for the message; what has not is sent by itself. */
  fits({ parts, control }: Outgoing): boolean {
    return parts === undefined && (control === undefined || control.length <= FURTHER_MOST);
  }

  /** Begins a call anew. */
  clear(): void {
    this.#used = 0;
  }

  /**
   * Writes a message into slot `i`, with `fds`, none of which is asked for its number by a getter. Its data is used where
   * it is: nothing may run before the call that could take it away.
   */
  put(i: number, message: Outgoing, fds: readonly Sendable[]): void {
    const { bytes, size, start, credentials, control, to } = message;
    const frame = this.#frames[i] as OutgoingFrame;
    const count = fds.length;
    for (let d = 0; d < count; d++) frame.setDescriptor(d, numberOfSendable(fds[d] as Sendable));
    if (credentials) frame.setCredentials(credentials);
    frame.setName(to?.bytes);
    const { ints } = this.#native.codec;
    // The summary is one for all: it says what the slot before holds.
    ints[this.#word] = this.#shapes[i] as number;
    this.#shapes[i] = 0;
    this.#controllens[i] = frame.encodeControl(count, credentials !== undefined, control);
    this.#shapes[i] = ints[this.#word] as number;
    this.#putData(i, bytes, size - start);
  }

  #putData(i: number, bytes: Uint8Array, size: number): void {
    const { codec, abi, base, koffi } = this.#native;
    const { slots, data } = this.#memory;
    let address: number;
    if (size >= MANY || size > DATA_ROOM - this.#used) {
      // Asked for its memory first, a small array is given some of its own that does not move.
      bufferOf(bytes);
      address = Number(koffi.address(bytes));
    } else {
      const at = data + this.#used;
      if (size <= FEW) for (let b = 0; b < size; b++) codec.bytes[at + b] = bytes[b] as number;
      else codec.bytes.set(viewOf(bytes, 0, size), at);
      address = base + at;
      this.#used += size;
    }
    codec.exports.setIovec(abi, (slots[i] as { iovec: number }).iovec, address, size);
  }

  /** One sendmmsg of the first `count` slots: how many messages the kernel took, or a negative errno; EINTR is retried. */
  send(fd: number, count: number): number {
    const { libc } = this.#native;
    let sent: number;
    do {
      sent = libc.sendmmsg(fd, this.#memory.address, count, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0) sent = -libc.errno();
    } while (sent === -EINTR);
    return sent;
  }

  /** How many bytes of slot `i` the kernel took. */
  sizeOf(i: number): number {
    return this.#native.codec.ints[this.#memory.length + i * this.#memory.stride] as number;
  }

  /** What to publish of slot `i`. */
  traceOf(fd: number, i: number): MessageTrace {
    return (this.#frames[i] as OutgoingFrame).traceOf(fd, this.sizeOf(i), this.#controllens[i] as number);
  }
}

let batch: OutgoingBatch | undefined;

/** The batch of this thread, made when first sent. */
export function outgoingBatch(): OutgoingBatch {
  batch ??= new OutgoingBatch();
  return batch;
}
