import { type Native, native } from '../libc/native.js';

/** struct ucred: process, user and group, as the kernel has verified them. */
export interface Credentials {
  pid: number;
  uid: number;
  gid: number;
}

/** What the channels `ancillary:sendmsg` and `ancillary:recvmsg` of node:diagnostics_channel publish for each call that succeeds. */
export interface MessageTrace {
  /** The socket. */
  fd: number;
  /** Bytes of data that went or came. */
  bytes: number;
  /** Id of the ABI row that the control bytes follow. */
  abi: string;
  /** The control bytes as the kernel read or wrote them. */
  control: Uint8Array;
}

/** Bytes of data that one call can carry: more than a default Unix socket buffers. */
export const DATA_ROOM = 262144;
const PAGE = 4096;
/** So few bytes a loop copies faster than a view and a set, and a Buffer of them V8 keeps within the object itself. */
export const FEW = 64;

// Offsets within a frame, and the words of its summary (assembly/payload/frame.ts).
const SUMMARY = 80;
export const CONTROL = 128;
const DESCRIPTORS = 8192;
export const DESCRIPTOR_COUNT = 2048;
export const COUNT = 0;
export const FLAGS = 1;
export const CONTROLLEN = 2;
export const PID = 3;
export const UID = 4;
export const GID = 5;
export const HAS_CREDENTIALS = 6;
export const PIDFD = 7;
export const MALFORMED = 8;
export const FURTHER = 9;
export const LAST = 10;
/** Bytes for control messages, 128 to 8192 of a frame. */
export const CONTROL_ROOM = DESCRIPTORS - CONTROL;

/**
 * A frame in the codec's memory with its data buffer, both at pages of native memory. Nothing is allocated for a call:
 * the kernel reads and writes these bytes, and what it left is asked for word by word.
 */
export class Frame {
  protected readonly native: Native;
  protected readonly at: number;
  protected readonly data: number;
  /** Native address of the struct msghdr. */
  protected readonly msghdr: number;
  /** Where summary and descriptors begin among the integers of linear memory. */
  protected readonly summary: number;
  protected readonly descriptors: number;
  protected readonly ints: Int32Array;

  constructor() {
    this.native = native();
    const { codec, abi, base } = this.native;
    // Page-aligned natively: linear memory itself need not begin at a page on every engine.
    const toPage = (PAGE - (base % PAGE)) % PAGE;
    const size = codec.exports.frameSize();
    this.at = codec.arena.reserve(toPage + size + DATA_ROOM, PAGE) + toPage;
    this.data = this.at + size;
    this.msghdr = base + this.at;
    this.summary = (this.at + SUMMARY) / 4;
    this.descriptors = (this.at + DESCRIPTORS) / 4;
    this.ints = codec.ints;
    codec.exports.initFrame(abi, this.at, this.data, BigInt(base));
  }

  /** What to publish of a call. A subscriber may make calls of its own, which use the frame: not before it is read. */
  protected trace(fd: number, bytes: number, controllen: number): MessageTrace {
    const { codec, abiId } = this.native;
    const start = this.at + CONTROL;
    return { fd, bytes, abi: abiId, control: codec.bytes.slice(start, start + controllen) };
  }
}
