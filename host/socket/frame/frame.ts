import { bufferOf, byteLengthOf } from '../../check/bytes.js';
import { type Native, native } from '../../libc/native.js';

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

/** Bytes of data that a call can carry through the codec's memory; more goes and comes straight from and to the caller's. */
export const DATA_ROOM = 65536;
const PAGE = 4096;
/** So few bytes a loop copies faster than a view and a set, and a Buffer of them V8 keeps within the object itself. */
export const FEW = 64;
/** From so many bytes on it is quicker to ask for their address than to copy them. */
export const MANY = 4096;
/** UIO_MAXIOV (include/uapi/linux/uio.h): the most iovecs that one call takes. */
export const IOVECS = 1024;
/** sizeof(struct iovec) where pointers are widest. */
const IOVEC_MOST = 16;
/** sizeof(struct sockaddr_storage) */
export const NAME_ROOM = 128;

// The words of a summary (assembly/payload/frame.ts).
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
export const SHAPE = 11;
/** The first words of the control bytes that the summary is of, as far as a header is long. */
export const HEAD = 12;
const DESCRIPTORS = 16;
/** How many words its descriptors are. */
export const DESCRIPTOR_COUNT = 2048;

/** Bytes of a summary with its descriptors. */
export const SUMMARY_ROOM = 4 * (DESCRIPTORS + DESCRIPTOR_COUNT);

/**
 * Bytes for control messages: SCM_RIGHTS of 253 (1032), credentials (32), a pidfd (24), timestamps, SCM_INQ, and a
 * security label of a page, the longest that a security module may state.
 */
export const CONTROL_ROOM = 8064;

// Where the stretches of a frame lie: msghdr, name, control, summary, iovecs, and data at the next page.
const NAME = 64;
const CONTROL = NAME + NAME_ROOM;
const SUMMARY = CONTROL + CONTROL_ROOM;
const IOVEC = SUMMARY + SUMMARY_ROOM;
const DATA = (IOVEC + IOVEC_MOST * IOVECS + PAGE - 1) & -PAGE;

/** Offsets of the stretches in linear memory. */
export interface Stretches {
  readonly msghdr: number;
  readonly name: number;
  readonly control: number;
  readonly summary: number;
  readonly iovec: number;
  readonly data: number;
}

/** The stretches of a frame that carries one message, reserved for good. */
function reserveStretches(): Stretches {
  const { codec, base } = native();
  // Page-aligned natively: linear memory itself need not begin at a page on every engine.
  const toPage = (PAGE - (base % PAGE)) % PAGE;
  const at = codec.arena.reserve(toPage + DATA + DATA_ROOM, PAGE) + toPage;
  codec.bytes.fill(0, at, at + DATA);
  return {
    msghdr: at,
    name: at + NAME,
    control: at + CONTROL,
    summary: at + SUMMARY,
    iovec: at + IOVEC,
    data: at + DATA,
  };
}

/**
 * What one sendmsg or recvmsg needs, as stretches of the codec's memory. Nothing is allocated for a call: the kernel
 * reads and writes these bytes, and what it left is asked for word by word.
 */
export class Frame {
  protected readonly native: Native;
  /** Offsets of the stretches in linear memory. */
  protected readonly msghdr: number;
  protected readonly name: number;
  protected readonly control: number;
  protected readonly summary: number;
  protected readonly iovec: number;
  protected readonly data: number;
  /** Native addresses of msghdr and data. */
  protected readonly msghdrAddress: number;
  protected readonly dataAddress: number;
  /** Where summary and descriptors begin among the integers of linear memory. */
  protected readonly words: number;
  protected readonly descriptors: number;
  protected readonly ints: Int32Array;
  /** Where these fields of msghdr are among them (their lower words), and the payload of the first control message. */
  protected readonly namelenAt: number;
  protected readonly controllenAt: number;
  protected readonly flagsAt: number;
  protected readonly payloadAt: number;
  /** How much of the frame's own data the iovec describes; -1 for memory of a caller, which was good for one call. */
  #own = 0;
  #iovlen = 1;

  constructor({ msghdr, name: nameAt, control: controlAt, summary, iovec: iovecAt, data } = reserveStretches()) {
    this.native = native();
    const { codec, abi, base } = this.native;
    this.msghdr = msghdr;
    this.name = nameAt;
    this.control = controlAt;
    this.summary = summary;
    this.iovec = iovecAt;
    this.data = data;
    this.msghdrAddress = base + msghdr;
    this.dataAddress = base + this.data;
    this.words = this.summary / 4;
    this.descriptors = this.words + DESCRIPTORS;
    this.ints = codec.ints;
    const { msg_namelen, msg_controllen, msg_flags } = this.native.msghdr;
    this.namelenAt = (msghdr + (msg_namelen as number)) / 4;
    this.controllenAt = (msghdr + (msg_controllen as number)) / 4;
    this.flagsAt = (msghdr + (msg_flags as number)) / 4;
    this.payloadAt = (controlAt + codec.exports.cmsgLen(abi, 0)) / 4;
    const [name, iovec, control] = [this.name, this.iovec, this.control].map((offset) => BigInt(base + offset));
    codec.exports.putMsghdr(abi, msghdr, name as bigint, 0, iovec as bigint, 1n, control as bigint, 0n, 0);
    codec.exports.setIovec(abi, this.iovec, this.dataAddress, 0);
  }

  /** Describes the parts one behind the other; returns how many bytes they are. The memory is used for one call only. */
  protected putIovecs(parts: readonly Uint8Array[]): number {
    const { codec, abi, iovecSize } = this.native;
    this.#own = -1;
    let size = 0;
    for (const [i, part] of parts.entries()) {
      const length = byteLengthOf(part);
      codec.exports.setIovec(abi, this.iovec + iovecSize * i, length === 0 ? 0 : this.addressOf(part), length);
      size += length;
    }
    this.#setIovlen(parts.length);
    return size;
  }

  /** Describes `size` bytes of the caller's from `from` on. The memory is used for one call only. */
  protected putIovec(bytes: Uint8Array, from: number, size: number): void {
    const { codec, abi } = this.native;
    this.#own = -1;
    this.#setIovlen(1);
    codec.exports.setIovec(abi, this.iovec, this.addressOf(bytes) + from, size);
  }

  /** Describes the first `size` bytes of the frame's own data. */
  protected useOwnData(size: number): void {
    if (size === this.#own) return;
    const { codec, abi } = this.native;
    this.#setIovlen(1);
    if (this.#own < 0) codec.exports.setIovec(abi, this.iovec, this.dataAddress, size);
    else codec.exports.setIovecLength(abi, this.iovec, size);
    this.#own = size;
  }

  #setIovlen(count: number): void {
    if (count === this.#iovlen) return;
    this.native.codec.exports.setIovlen(this.native.abi, this.msghdr, count);
    this.#iovlen = count;
  }

  /** Native address of the caller's bytes, good until the engine may move or free them: for the very next call. */
  protected addressOf(bytes: Uint8Array): number {
    // Asked for its memory first, a small array is given some of its own that does not move.
    bufferOf(bytes);
    return Number(this.native.koffi.address(bytes));
  }

  /** What to publish of a call. A subscriber may make calls of its own, which use the frame: not before it is read. */
  protected trace(fd: number, bytes: number, controllen: number): MessageTrace {
    const { codec, abiId } = this.native;
    return { fd, bytes, abi: abiId, control: codec.bytes.slice(this.control, this.control + controllen) };
  }
}
