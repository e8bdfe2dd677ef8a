import { channel } from 'node:diagnostics_channel';
import { viewOf } from '../../check/bytes.js';
import { AncillaryError } from '../../errors/error.js';
import { MSG_DONTWAIT, MSG_NOSIGNAL } from '../../libc/constants.js';
import { EINTR } from '../../libc/errno.js';
import {
  CONTROL_ROOM,
  type Credentials,
  FEW,
  Frame,
  GID,
  IOVECS,
  MANY,
  type MessageTrace,
  PID,
  SHAPE,
  type Stretches,
  UID,
} from './frame.js';

const sent = channel('ancillary:sendmsg');

/** Whether anybody is told of what is sent. */
export function isSendingWatched(): boolean {
  return sent.hasSubscribers;
}

/** Tells the subscribers of a message sent, once nothing of the call is needed any more. */
export function publishSent(trace: MessageTrace): void {
  sent.publish(trace);
}

/** The frame of sendmsg. */
export class OutgoingFrame extends Frame {
  /** Bytes of the name that msghdr has. */
  #namelen = 0;
  readonly #controlRoom: number;

  constructor(stretches?: Stretches, controlRoom = CONTROL_ROOM) {
    super(stretches);
    this.#controlRoom = controlRoom;
  }

  /** Sets descriptor `i` of the next message. */
  setDescriptor(i: number, fd: number): void {
    this.ints[this.descriptors + i] = fd;
  }

  setCredentials({ pid, uid, gid }: Credentials): void {
    this.ints[this.words + PID] = pid;
    this.ints[this.words + UID] = uid;
    this.ints[this.words + GID] = gid;
  }

  /** Whom the next message goes to: the bytes of an address, or undefined where the socket is connected. */
  setName(address: Uint8Array | undefined): void {
    const { codec, abi } = this.native;
    const namelen = address?.length ?? 0;
    if (namelen === 0 && this.#namelen === 0) return;
    if (address) codec.bytes.set(address, this.name);
    codec.exports.setNamelen(abi, this.msghdr, namelen);
    this.#namelen = namelen;
  }

  /**
   * Encodes the first `count` descriptors that were set, and perhaps the credentials; behind them `further`, control
   * messages that are encoded already. Returns msg_controllen.
   */
  encodeControl(count: number, credentials: boolean, further: Uint8Array | undefined): number {
    if (!credentials && !further && this.ints[this.words + SHAPE] === count + 1) return this.#replaceDescriptors(count);
    const { codec, abi } = this.native;
    const { msghdr, control, summary } = this;
    const room = this.#controlRoom;
    const used = codec.exports.encodeOutgoing(abi, msghdr, control, room, summary, count, credentials ? 1 : 0);
    if (used < 0) throw new AncillaryError('ERR_TOO_LARGE', `${count} descriptors do not fit into one message`);
    if (!further) return used;
    // What follows is not what the shape says.
    this.ints[this.words + SHAPE] = 0;
    if (further.length > room - used) {
      const left = `${room - used} bytes are left for control messages`;
      throw new AncillaryError('ERR_TOO_LARGE', `${left}, and these are ${further.length}: use several sends`);
    }
    codec.bytes.set(further, control + used);
    codec.exports.setControllen(abi, msghdr, used + further.length);
    return used + further.length;
  }

  /** The same after a message of as many descriptors and nothing else: its bytes are there but for their numbers. */
  #replaceDescriptors(count: number): number {
    const { ints, payloadAt, descriptors } = this;
    for (let i = 0; i < count; i++) ints[payloadAt + i] = ints[descriptors + i] as number;
    return count === 0 ? 0 : (ints[this.controllenAt] as number);
  }

  /** One sendmsg of `data` from offset `from` to `end`, with `controllen` bytes of control that have been encoded. */
  send(fd: number, data: Uint8Array, from: number, end: number, controllen: number): number {
    const { codec } = this.native;
    const size = end - from;
    if (size >= MANY) {
      this.putIovec(data, from, size);
      return this.#call(fd, controllen);
    }
    if (size <= FEW) for (let i = 0; i < size; i++) codec.bytes[this.data + i] = data[from + i] as number;
    else codec.bytes.set(viewOf(data, from, end), this.data);
    this.useOwnData(size);
    return this.#call(fd, controllen);
  }

  /** The same of parts one behind the other, 1,024 at most; they are read where they are. */
  sendParts(fd: number, parts: readonly Uint8Array[], controllen: number): number {
    this.putIovecs(parts.length > IOVECS ? parts.slice(0, IOVECS) : parts);
    return this.#call(fd, controllen);
  }

  /** What to publish of a message of so many bytes, with so many of control. */
  traceOf(fd: number, bytes: number, controllen: number): MessageTrace {
    return this.trace(fd, bytes, controllen);
  }

  /** Returns the bytes that the kernel took, or a negative errno; EINTR is retried. */
  #call(fd: number, controllen: number): number {
    const { libc } = this.native;
    let result: number;
    do {
      result = libc.sendmsg(fd, this.msghdrAddress, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (result < 0) result = -libc.errno();
    } while (result === -EINTR);
    if (result >= 0 && sent.hasSubscribers) sent.publish(this.trace(fd, result, controllen));
    return result;
  }
}

let frame: OutgoingFrame | undefined;

/** The frame of this thread. One is enough: between the writing of a message and its call nothing else runs. */
export function outgoingFrame(): OutgoingFrame {
  frame ??= new OutgoingFrame();
  return frame;
}
