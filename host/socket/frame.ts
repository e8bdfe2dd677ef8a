import { channel } from 'node:diagnostics_channel';
import { MSG_CMSG_CLOEXEC, MSG_DONTWAIT, MSG_NOSIGNAL } from '../libc/constants.js';
import { EINTR } from '../libc/errno.js';
import { type Native, native } from '../libc/native.js';

/** struct ucred: process, user and group, as the kernel has verified them. */
export interface Credentials {
  pid: number;
  uid: number;
  gid: number;
}

/** What the channels `ancillary:sendmsg` and `ancillary:recvmsg` of node:diagnostics_channel publish for each call. */
export interface MessageTrace {
  /** The socket. */
  fd: number;
  /** Bytes of data that went or came; a negative errno when the call failed. */
  bytes: number;
  /** Id of the ABI row that the control bytes follow. */
  abi: string;
  /** The control bytes as the kernel read or wrote them. */
  control: Uint8Array;
}

const sent = channel('ancillary:sendmsg');
const received = channel('ancillary:recvmsg');

/** Bytes of data that one call can carry: more than a default Unix socket buffers. */
export const DATA_ROOM = 262144;

// Offsets within a frame (assembly/payload/frame.ts), in 32-bit words where they index integers.
const CONTROL = 128;
const SUMMARY = 80 / 4;
const DESCRIPTORS = 2048 / 4;

/** A frame in the codec's memory with its data buffer, both at pages of native memory. */
interface Frame {
  native: Native;
  /** Native address of the struct msghdr. */
  msghdr: number;
  at: number;
  data: number;
  /** Index of the summary and of the descriptors in `codec.ints`. */
  summary: number;
  descriptors: number;
}

const PAGE = 4096;

function makeFrame(): Frame {
  const context = native();
  const { codec, abi, base } = context;
  // Page-aligned natively: linear memory itself need not begin at a page on every engine.
  const skew = base % PAGE;
  const at = codec.arena.reserve(codec.exports.frameSize() + DATA_ROOM + skew, PAGE) + ((PAGE - skew) % PAGE);
  const data = at + codec.exports.frameSize();
  codec.exports.initFrame(abi, at, data, BigInt(base));
  return {
    native: context,
    msghdr: base + at,
    at,
    data,
    summary: at / 4 + SUMMARY,
    descriptors: at / 4 + DESCRIPTORS,
  };
}

let outgoing: Frame | undefined;
let incoming: Frame | undefined;

/**
 * One sendmsg of `data` from offset `from` on, with descriptors and credentials. Returns the bytes that the kernel
 * took (at most DATA_ROOM a call), or a negative errno; EINTR is retried.
 */
export function sendMessage(
  fd: number,
  data: Uint8Array,
  from: number,
  fds: readonly number[],
  credentials: Credentials | undefined,
): number {
  outgoing ??= makeFrame();
  const frame = outgoing;
  const { libc, codec, abi } = frame.native;
  const size = Math.min(data.length - from, DATA_ROOM);
  codec.bytes.set(size === data.length ? data : data.subarray(from, from + size), frame.data);
  for (let i = 0; i < fds.length; i++) codec.ints[frame.descriptors + i] = fds[i] as number;
  if (credentials) {
    codec.ints[frame.summary + 3] = credentials.pid;
    codec.ints[frame.summary + 4] = credentials.uid;
    codec.ints[frame.summary + 5] = credentials.gid;
  }
  const controllen = codec.exports.encodeOutgoing(abi, frame.at, size, fds.length, credentials ? 1 : 0);
  let result: number;
  do {
    result = libc.sendmsg(fd, frame.msghdr, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (result < 0) result = -libc.errno();
  } while (result === -EINTR);
  if (sent.hasSubscribers) publish(sent, frame, fd, result, controllen);
  return result;
}

/** What a recvmsg brought, until the next one overwrites it. */
export interface Incoming {
  /** Bytes of data, or a negative errno; the rest is valid for 0 and more. */
  bytes: number;
  flags: number;
  /** How many descriptors came. */
  count: number;
  credentials: Credentials | undefined;
  /** A descriptor of the sender's process, that nobody asked for; -1 for none. */
  pidfd: number;
  malformed: boolean;
}

const NOTHING: Incoming = { bytes: 0, flags: 0, count: 0, credentials: undefined, pidfd: -1, malformed: false };

/** One recvmsg with room for so many data bytes, descriptors and perhaps credentials; EINTR is retried. */
export function receiveMessage(fd: number, maxData: number, maxFds: number, credentials: boolean): Incoming {
  incoming ??= makeFrame();
  const frame = incoming;
  const { libc, codec, abi } = frame.native;
  codec.exports.armIncoming(abi, frame.at, Math.min(maxData, DATA_ROOM), maxFds, credentials ? 1 : 0);
  let bytes: number;
  do {
    bytes = libc.recvmsg(fd, frame.msghdr, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (bytes < 0) bytes = -libc.errno();
  } while (bytes === -EINTR);
  if (bytes < 0) return { ...NOTHING, bytes };
  const count = codec.exports.readIncoming(abi, frame.at);
  const { ints } = codec;
  const { summary } = frame;
  if (received.hasSubscribers) publish(received, frame, fd, bytes, ints[summary + 2] as number);
  return {
    bytes,
    flags: ints[summary + 1] as number,
    count,
    credentials: ints[summary + 6] === 1 ? credentialsAt(ints, summary + 3) : undefined,
    pidfd: ints[summary + 7] as number,
    malformed: ints[summary + 8] === 1,
  };
}

/** The data of the message received last, copied out. */
export function takeData(size: number): Buffer {
  const data = Buffer.allocUnsafe(size);
  if (incoming) {
    const { codec } = incoming.native;
    const from = incoming.data;
    // A loop is faster than a view and a copy for what most messages with descriptors carry.
    if (size <= 16) for (let i = 0; i < size; i++) data[i] = codec.bytes[from + i] as number;
    else data.set(codec.bytes.subarray(from, from + size));
  }
  return data;
}

/** Number `i` of the descriptors received last. */
export function descriptorAt(i: number): number {
  return incoming ? (incoming.native.codec.ints[incoming.descriptors + i] as number) : -1;
}

function credentialsAt(ints: Int32Array, at: number): Credentials {
  return { pid: ints[at] as number, uid: (ints[at + 1] as number) >>> 0, gid: (ints[at + 2] as number) >>> 0 };
}

function publish(to: ReturnType<typeof channel>, frame: Frame, fd: number, bytes: number, controllen: number): void {
  const { codec, abiId } = frame.native;
  const start = frame.at + CONTROL;
  const trace: MessageTrace = { fd, bytes, abi: abiId, control: codec.bytes.slice(start, start + controllen) };
  to.publish(trace);
}
