import { Buffer } from 'node:buffer';
import { channel } from 'node:diagnostics_channel';
import { byteLengthOf } from '../../check/bytes.js';
import { closeLater, closeWaiting, isStuck } from '../../fd/close-aside.js';
import type { Origin } from '../../fd/origin.js';
import { MSG_CMSG_CLOEXEC, MSG_DONTWAIT } from '../../libc/constants.js';
import { EINTR } from '../../libc/errno.js';
import {
  CONTROL_ROOM,
  CONTROLLEN,
  COUNT,
  DATA_ROOM,
  FEW,
  FLAGS,
  HEAD,
  LAST,
  MANY,
  type MessageTrace,
  NAME_ROOM,
  PIDFD,
  type Stretches,
} from './frame.js';
import { IncomingSummary } from './incoming-summary.js';

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

/** No header begins so: the summary may be of one message in part, and in part of another. */
const UNKNOWN = -1;

/** The address of a sender that has none. */
const NO_NAME = new Uint8Array(0);

/** The frame of recvmsg; what it tells is of the message received last. */
export class IncomingFrame extends IncomingSummary {
  /** What the kernel has given and nobody owns yet. */
  #unowned: 'nothing' | 'unread' | 'read' = 'nothing';
  /** Of the descriptors that were read: how many have an owner. */
  #owned = 0;
  /** Where its descriptors are among the integers of linear memory. */
  #fds = this.descriptors;
  /** Where the data is: in linear memory, or in a batch's room for it. */
  #memory: Uint8Array = this.native.codec.bytes;
  #start = this.data;

  constructor(stretches?: Stretches) {
    super(stretches);
    // The room is that for everything, since what finds none the kernel closes within recvmsg, in the receiver's time,
    // and says not what it was.
    this.native.codec.exports.setControllen(this.native.abi, this.msghdr, CONTROL_ROOM);
    this.ints[this.words + HEAD] = UNKNOWN;
  }

  /** One recvmsg of at most so many bytes of data. Returns how many came, or a negative errno; EINTR is retried. */
  receive(fd: number, maxData: number, flags: number): number {
    this.useOwnData(maxData < DATA_ROOM ? maxData : DATA_ROOM);
    return this.#call(fd, flags);
  }

  /** The same into the caller's memory, one part after the other, 1,024 at most. */
  receiveInto(fd: number, parts: readonly Uint8Array[], flags: number): number {
    const [only] = parts as [Uint8Array];
    const size = byteLengthOf(only);
    if (parts.length > 1 || size >= MANY) {
      if (parts.length > 1) this.putIovecs(parts);
      else this.putIovec(only, 0, size);
      return this.#call(fd, flags);
    }
    const bytes = this.receive(fd, size, flags);
    const came = Math.min(bytes, size);
    const { bytes: memory } = this.native.codec;
    if (came <= FEW) for (let i = 0; i < came; i++) only[i] = memory[this.data + i] as number;
    else only.set(memory.subarray(this.data, this.data + came));
    return bytes;
  }

  #call(fd: number, flags: number): number {
    const { libc } = this.native;
    if (this.#unowned !== 'nothing' || isStuck) this.closeUnowned();
    let bytes: number;
    do {
      bytes = libc.recvmsg(fd, this.msghdrAddress, MSG_CMSG_CLOEXEC | MSG_DONTWAIT | flags);
      // Noted without any call: where the stack is at its end, the next call may throw.
      if (bytes >= 0) this.#unowned = 'unread';
      else bytes = -libc.errno();
    } while (bytes === -EINTR);
    // After an error the kernel has left the frame as it was: still ready.
    if (bytes >= 0) {
      this.#owned = 0;
      this.#read();
    }
    return bytes;
  }

  /** The same after a recvmmsg that has received into this frame among others, with its data in `memory`. */
  arrive(memory: Uint8Array): void {
    if (this.#unowned === 'nothing') {
      this.#unowned = 'unread';
      this.#owned = 0;
    }
    if (this.#unowned === 'unread') this.#read();
    this.#memory = memory;
    this.#start = 0;
  }

  /** Lets go of that memory. */
  leaveMemory(): void {
    this.#memory = this.native.codec.bytes;
  }

  /** Has the summary tell of what came. Once it does no call follows before that is noted, see `#unowned`. */
  #read(): void {
    const { ints, words } = this;
    if (this.#isAlike()) {
      ints[this.controllenAt] = CONTROL_ROOM;
      this.#fds = this.payloadAt;
      this.#unowned = 'read';
      return;
    }
    const { codec, abi } = this.native;
    ints[words + HEAD] = UNKNOWN;
    codec.exports.readIncoming(abi, this.msghdr, this.control, CONTROL_ROOM, this.summary);
    this.#fds = this.descriptors;
    this.#unowned = 'read';
    this.#noteHead();
  }

  /**
   * Whether the summary is of a message that differs from this one in nothing but the numbers of its descriptors, which
   * are its only control message, or has none either: then all of it is known, without a call.
   */
  #isAlike(): boolean {
    const { ints, words } = this;
    const controllen = ints[this.controllenAt];
    if (controllen !== ints[words + CONTROLLEN] || ints[this.flagsAt] !== ints[words + FLAGS]) return false;
    if (controllen === 0) return ints[words + HEAD] !== UNKNOWN;
    for (let head = words + HEAD, at = this.control / 4; at < this.payloadAt; head++, at++) {
      if (ints[at] !== ints[head]) return false;
    }
    return true;
  }

  /** Keeps the head of a message of descriptors alone, for the next to be compared with; of another what none has. */
  #noteHead(): void {
    const { ints, words } = this;
    // The last message is the first.
    const isDescriptors = this.count > 0 && this.word(LAST) === 0 && !this.isMalformed;
    for (let head = words + HEAD, at = this.control / 4; at < this.payloadAt; head++, at++) {
      ints[head] = isDescriptors ? (ints[at] as number) : 0;
    }
  }

  /** Has the next call ask for the sender's address. */
  askName(): void {
    this.ints[this.namelenAt] = NAME_ROOM;
  }

  /** The sender's address, after `askName`: its bytes, copied out. */
  copyName(): Uint8Array {
    const namelen = Math.min(this.ints[this.namelenAt] as number, NAME_ROOM);
    return namelen === 0 ? NO_NAME : this.native.codec.bytes.slice(this.name, this.name + namelen);
  }

  /** Has every descriptor that came owned by what `own` makes of it. */
  ownAll<T>(own: (fd: number, origin: Origin) => T, origin: Origin): T[] {
    const count = this.word(COUNT);
    const owners = new Array<T>(count);
    while (this.#owned < count) {
      owners[this.#owned] = own(this.descriptor(this.#owned), origin);
      this.#owned++;
    }
    return owners;
  }

  /** Closes a pidfd, which a socket option brought that was set elsewhere: nobody asked for it. */
  dropPidfd(): undefined {
    if (this.pidfd < 0) return;
    this.native.libc.close(this.pidfd);
    this.ints[this.words + PIDFD] = -1;
  }

  /** Has the pidfd owned, if one came. */
  ownPidfd<T>(own: (fd: number, origin: Origin) => T, origin: Origin): T | undefined {
    if (this.pidfd < 0) return undefined;
    const owner = own(this.pidfd, origin);
    this.ints[this.words + PIDFD] = -1;
    return owner;
  }

  /** All that came has an owner, or is on its way to be closed. */
  settle(): void {
    this.#unowned = 'nothing';
  }

  /** Closes what was left when the stack overflowed between the kernel's giving and an owner. */
  closeUnowned(): void {
    if (this.#unowned === 'unread') this.#read();
    if (this.#unowned === 'read') {
      const count = this.word(COUNT);
      for (; this.#owned < count; this.#owned++) closeLater(this.descriptor(this.#owned));
      this.dropPidfd();
    }
    this.#unowned = 'nothing';
    closeWaiting();
  }

  /** For `publishReceived`, when anybody wants it. */
  traceOf(fd: number, bytes: number): MessageTrace | undefined {
    return received.hasSubscribers ? this.trace(fd, bytes, this.word(CONTROLLEN)) : undefined;
  }

  /** Descriptor `i`. */
  descriptor(i: number): number {
    return this.ints[this.#fds + i] as number;
  }

  /** The first `size` bytes of data, copied out. */
  copyData(size: number): Buffer {
    const data = makeBuffer(size);
    const memory = this.#memory;
    const start = this.#start;
    if (size <= FEW) for (let i = 0; i < size; i++) data[i] = memory[start + i] as number;
    else data.set(memory.subarray(start, start + size));
    return data;
  }
}

let frame: IncomingFrame | undefined;

/** The frame of this thread. One is enough: between a call and the reading of its frame nothing else runs. */
export function incomingFrame(): IncomingFrame {
  frame ??= new IncomingFrame();
  return frame;
}
