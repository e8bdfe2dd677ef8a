import { channel } from 'node:diagnostics_channel';
import { viewOf } from '../check/bytes.js';
import { AncillaryError } from '../errors/error.js';
import { MSG_DONTWAIT, MSG_NOSIGNAL } from '../libc/constants.js';
import { EINTR } from '../libc/errno.js';
import { type Credentials, DATA_ROOM, FEW, Frame, GID, PID, UID } from './frame.js';

const sent = channel('ancillary:sendmsg');

/** Whether anybody is told of what is sent. */
export function isSendingWatched(): boolean {
  return sent.hasSubscribers;
}

/** The frame of sendmsg. */
class OutgoingFrame extends Frame {
  /** Sets descriptor `i` of the next message. */
  setDescriptor(i: number, fd: number): void {
    this.ints[this.descriptors + i] = fd;
  }

  setCredentials({ pid, uid, gid }: Credentials): void {
    this.ints[this.summary + PID] = pid;
    this.ints[this.summary + UID] = uid;
    this.ints[this.summary + GID] = gid;
  }

  /**
   * One sendmsg of `data` from offset `from` to `end`, with the first `count` descriptors that were set and perhaps the
   * credentials. Returns the bytes that the kernel took, or a negative errno; EINTR is retried.
   */
  send(fd: number, data: Uint8Array, from: number, end: number, count: number, credentials: boolean): number {
    const { libc, codec, abi } = this.native;
    const size = Math.min(end - from, DATA_ROOM);
    if (size <= FEW) for (let i = 0; i < size; i++) codec.bytes[this.data + i] = data[from + i] as number;
    else codec.bytes.set(viewOf(data, from, from + size), this.data);
    const controllen = codec.exports.encodeOutgoing(abi, this.at, size, count, credentials ? 1 : 0);
    if (controllen < 0) throw new AncillaryError('ERR_TOO_LARGE', `${count} descriptors do not fit into one message`);
    let result: number;
    do {
      result = libc.sendmsg(fd, this.msghdr, MSG_NOSIGNAL | MSG_DONTWAIT);
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
