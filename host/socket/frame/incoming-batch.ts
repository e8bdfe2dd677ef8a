import { Buffer } from 'node:buffer';
import { closeWaiting, isStuck } from '../../fd/close-aside.js';
import { MSG_CMSG_CLOEXEC, MSG_DONTWAIT } from '../../libc/constants.js';
import { EINTR } from '../../libc/errno.js';
import { type Native, native } from '../../libc/native.js';
import { type BatchMemory, reserveBatch } from './batch-memory.js';
import { CONTROL_ROOM, MANY } from './frame.js';
import { IncomingFrame } from './incoming-frame.js';

/** Rooms for data up to this size are kept from one call to the next. */
const KEPT_MOST = 65536;

/** Where the data of one slot goes: memory outside the codec's, which can be handed to the caller. */
interface DataRoom {
  buffer: Buffer;
  address: number;
  /** What the slot's iovec says. */
  length: number;
}

/** The frames of one recvmmsg, each for a message; what came is taken slot by slot, in their order. */
export class IncomingBatch {
  readonly #native: Native = native();
  readonly #memory: BatchMemory = reserveBatch(CONTROL_ROOM, 0);
  readonly #frames = this.#memory.slots.map((stretches) => new IncomingFrame(stretches));
  readonly #rooms: (DataRoom | undefined)[] = this.#frames.map(() => undefined);
  /** How many slots the kernel has filled, and how many of them have been taken. */
  #given = 0;
  #taken = 0;

  /**
   * One recvmmsg of at most `count` messages, each of at most `maxData` bytes, perhaps with the address of its sender.
   * Returns how many came, or a negative errno; EINTR is retried.
   */
  receive(fd: number, count: number, maxData: number, flags: number, hasNames: boolean): number {
    if (this.#given > 0 || isStuck) this.closeUnowned();
    const { libc } = this.#native;
    const { address } = this.#memory;
    for (let i = 0; i < count; i++) {
      this.#makeRoom(i, maxData);
      if (hasNames) (this.#frames[i] as IncomingFrame).askName();
    }
    let came: number;
    do {
      came = libc.recvmmsg(fd, address, count, MSG_CMSG_CLOEXEC | MSG_DONTWAIT | flags, 0);
      // Noted without any call: where the stack is at its end, the next call may throw.
      if (came > 0) this.#given = came;
      else if (came < 0) came = -libc.errno();
    } while (came === -EINTR);
    return came;
  }

  /** The next of those that came, to be owned at once, and how long its data is. */
  take(): { frame: IncomingFrame; size: number } {
    const i = this.#taken;
    const frame = this.#frames[i] as IncomingFrame;
    frame.arrive((this.#rooms[i] as DataRoom).buffer);
    this.#taken = i + 1;
    return { frame, size: this.#native.codec.ints[this.#memory.length + i * this.#memory.stride] as number };
  }

  /**
   * The memory with the data of the message taken last, the caller's from now on: where that fills half of it at least.
   * Whoever keeps the data must not keep much else alive.
   */
  giveRoom(size: number): Uint8Array[] | undefined {
    const i = this.#taken - 1;
    const room = this.#rooms[i] as DataRoom;
    if (size < MANY || 2 * size < room.buffer.length) return undefined;
    this.#rooms[i] = undefined;
    (this.#frames[i] as IncomingFrame).leaveMemory();
    return [room.buffer];
  }

  /** All that came has been taken, and owned. */
  settle(maxData: number): void {
    if (maxData > KEPT_MOST) {
      this.#rooms.fill(undefined);
      for (let i = 0; i < this.#given; i++) (this.#frames[i] as IncomingFrame).leaveMemory();
    }
    this.#given = 0;
    this.#taken = 0;
    // Only now: while there was more to come, those refused told of a limit of open files that was reached.
    if (isStuck) closeWaiting();
  }

  /** Closes the descriptors of what came and was not taken, or whose taking failed in the middle. */
  closeUnowned(): void {
    for (let i = 0; i < this.#given; i++) {
      const frame = this.#frames[i] as IncomingFrame;
      if (i >= this.#taken) {
        frame.arrive((this.#rooms[i] as DataRoom).buffer);
        this.#taken = i + 1;
      }
      frame.closeUnowned();
    }
    this.#given = 0;
    this.#taken = 0;
    closeWaiting();
  }

  /** Has a slot's iovec describe room for so many bytes. */
  #makeRoom(i: number, size: number): void {
    let room = this.#rooms[i];
    if (room && room.length === size) return;
    const { codec, abi, koffi } = this.#native;
    if (!room || room.buffer.length < size) {
      const buffer = Buffer.allocUnsafeSlow(Math.max(size, MANY));
      room = { buffer, address: Number(koffi.address(buffer)), length: 0 };
      this.#rooms[i] = room;
    }
    room.length = size;
    codec.exports.setIovec(abi, (this.#memory.slots[i] as { iovec: number }).iovec, room.address, size);
  }
}

let batch: IncomingBatch | undefined;

/** The batch of this thread, made when first received into. */
export function incomingBatch(): IncomingBatch {
  batch ??= new IncomingBatch();
  return batch;
}
