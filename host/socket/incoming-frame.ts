import { Buffer } from 'node:buffer';
import { channel } from 'node:diagnostics_channel';
import { closeLater, closeWaiting, isStuck } from '../fd/close-aside.js';
import type { Origin } from '../fd/origin.js';
import { MSG_CMSG_CLOEXEC, MSG_CTRUNC, MSG_DONTWAIT } from '../libc/constants.js';
import { EINTR } from '../libc/errno.js';
import type { RawMessage } from '../model/encode.js';
import {
  CONTROL,
  CONTROL_ROOM,
  CONTROLLEN,
  COUNT,
  type Credentials,
  DATA_ROOM,
  DESCRIPTOR_COUNT,
  FEW,
  FLAGS,
  Frame,
  FURTHER,
  GID,
  HAS_CREDENTIALS,
  LAST,
  MALFORMED,
  type MessageTrace,
  PID,
  PIDFD,
  UID,
} from './frame.js';

const received = channel('ancillary:recvmsg');

/** Whether anybody is told of what is received. */
export function isReceivingWatched(): boolean {
  return received.hasSubscribers;
}

/** Tells the subscribers of a message received, once the frame has been read. */
export function publishReceived(trace: MessageTrace): void {
  received.publish(trace);
}

/** The class that Buffer makes slices of: with `new` it makes small ones quicker than any function of Buffer. */
const { [Symbol.species]: Species } = Buffer as unknown as { [Symbol.species]?: new (size: number) => Buffer };
const makesBuffers = typeof Species === 'function' && Species.prototype === Buffer.prototype;

function makeBuffer(size: number): Buffer {
  if (size > FEW) return Buffer.allocUnsafe(size);
  return makesBuffers ? new (Species as new (size: number) => Buffer)(size) : Buffer.alloc(size);
}

export const NO_MESSAGES: readonly RawMessage[] = Object.freeze([]);

/** The frame of recvmsg; what it tells is of the message received last. */
export class IncomingFrame extends Frame {
  /** Bytes of data that there is room for. */
  #room = 0;
  /** CMSG_LEN(0) */
  readonly #dataOffset = this.native.codec.exports.cmsgLen(this.native.abi, 0);

  /** What the kernel has given and nobody owns yet. */
  #unowned: 'nothing' | 'unread' | 'read' = 'nothing';
  /** Of the descriptors that were read: how many have an owner. */
  #owned = 0;

  /** One recvmsg of at most so many bytes of data. Returns how many came, or a negative errno; EINTR is retried. */
  receive(fd: number, maxData: number): number {
    const { libc, codec, abi } = this.native;
    if (this.#unowned !== 'nothing' || isStuck) this.#closeUnowned();
    const room = maxData < DATA_ROOM ? maxData : DATA_ROOM;
    if (room !== this.#room) {
      codec.exports.armIncoming(abi, this.at, room);
      this.#room = room;
    }
    let bytes: number;
    do {
      bytes = libc.recvmsg(fd, this.msghdr, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
      // Noted without any call: where the stack is at its end, the next call may throw.
      if (bytes >= 0) this.#unowned = 'unread';
      else bytes = -libc.errno();
    } while (bytes === -EINTR);
    // After an error the kernel has left the frame as it was: still ready.
    if (bytes >= 0) {
      this.#owned = 0;
      codec.exports.readIncoming(abi, this.at);
      this.#unowned = 'read';
    }
    return bytes;
  }

  /** Has every descriptor that came owned by what `own` makes of it. */
  ownAll<T>(own: (fd: number, origin: Origin) => T, origin: Origin): T[] {
    const count = this.#word(COUNT);
    const owners = new Array<T>(count);
    while (this.#owned < count) {
      owners[this.#owned] = own(this.descriptor(this.#owned), origin);
      this.#owned++;
    }
    return owners;
  }

  /** Closes a pidfd, which a socket option brought that was set elsewhere: nobody asked for it. */
  dropPidfd(): void {
    if (this.pidfd < 0) return;
    this.native.libc.close(this.pidfd);
    this.ints[this.summary + PIDFD] = -1;
  }

  /** All that came has an owner, or is on its way to be closed. */
  settle(): void {
    this.#unowned = 'nothing';
  }

  /** Closes what was left when the stack overflowed between the kernel's giving and an owner. */
  #closeUnowned(): void {
    if (this.#unowned === 'unread') {
      this.native.codec.exports.readIncoming(this.native.abi, this.at);
      this.#unowned = 'read';
    }
    if (this.#unowned === 'read') {
      const count = this.#word(COUNT);
      for (; this.#owned < count; this.#owned++) closeLater(this.descriptor(this.#owned));
      this.dropPidfd();
    }
    this.#unowned = 'nothing';
    closeWaiting();
  }

  /** For `publishReceived`, when anybody wants it. */
  traceOf(fd: number, bytes: number): MessageTrace | undefined {
    return received.hasSubscribers ? this.trace(fd, bytes, this.#word(CONTROLLEN)) : undefined;
  }

  /** Whether there is more to it than data, descriptors and credentials; one look where that is not so. */
  get isPlain(): boolean {
    const { ints, summary } = this;
    const odd =
      ((ints[summary + FLAGS] as number) & MSG_CTRUNC) |
      (ints[summary + MALFORMED] as number) |
      (ints[summary + FURTHER] as number) |
      ((ints[summary + PIDFD] as number) + 1);
    return odd === 0;
  }

  /** How many descriptors came. */
  get count(): number {
    return this.#word(COUNT);
  }

  /** msg_flags */
  get flags(): number {
    return this.#word(FLAGS);
  }

  /** A descriptor of the sender's process, that nobody asked for; -1 for none. */
  get pidfd(): number {
    return this.#word(PIDFD);
  }

  get isMalformed(): boolean {
    return this.#word(MALFORMED) === 1;
  }

  /** How many control messages came besides descriptors, credentials and a pidfd. */
  get further(): number {
    return this.#word(FURTHER);
  }

  /** The further messages, copied out. */
  furtherMessages(): readonly RawMessage[] {
    if (this.further === 0) return NO_MESSAGES;
    const last = this.descriptors + DESCRIPTOR_COUNT - 1;
    return Array.from({ length: this.further }, (_, i) => this.#message(this.ints[last - i] as number));
  }

  /**
   * After MSG_CTRUNC: the message that was cut for want of room, or that there was none left for a further one;
   * undefined when the room was no cause. A message that is cut ends where the room does (net/core/scm.c, put_cmsg).
   */
  get cut(): { level: number; type: number } | 'next' | undefined {
    const last = this.#word(LAST);
    if (last >= 0) {
      const { level, type, data } = this.#message(last);
      const end = last + this.#dataOffset + data.length;
      if (end >= CONTROL_ROOM) return { level, type };
    }
    return CONTROL_ROOM - this.#word(CONTROLLEN) < this.#dataOffset + 4 ? 'next' : undefined;
  }

  get credentials(): Credentials | undefined {
    if (this.#word(HAS_CREDENTIALS) === 0) return undefined;
    return { pid: this.#word(PID), uid: this.#word(UID) >>> 0, gid: this.#word(GID) >>> 0 };
  }

  /** Descriptor `i`. */
  descriptor(i: number): number {
    return this.ints[this.descriptors + i] as number;
  }

  /** The first `size` bytes of data, copied out. */
  copyData(size: number): Buffer {
    const data = makeBuffer(size);
    const { bytes } = this.native.codec;
    if (size <= FEW) for (let i = 0; i < size; i++) data[i] = bytes[this.data + i] as number;
    else data.set(bytes.subarray(this.data, this.data + size));
    return data;
  }

  /** The sound message whose header is at that offset of the control data. */
  #message(at: number): RawMessage {
    const { codec, abi } = this.native;
    const control = this.at + CONTROL;
    return codec.arena.lend(32, (out) => {
      codec.exports.readMessage(abi, control, this.#word(CONTROLLEN), at, out);
      const data = control + codec.view.getUint32(out + 16, true);
      return {
        level: codec.view.getInt32(out + 8, true),
        type: codec.view.getInt32(out + 12, true),
        data: codec.bytes.slice(data, data + codec.view.getUint32(out + 20, true)),
      };
    });
  }

  #word(i: number): number {
    return this.ints[this.summary + i] as number;
  }
}

let frame: IncomingFrame | undefined;

/** The frame of this thread. One is enough: between a call and the reading of its frame nothing else runs. */
export function incomingFrame(): IncomingFrame {
  frame ??= new IncomingFrame();
  return frame;
}
