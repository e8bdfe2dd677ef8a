import { native } from '../../../libc/native.js';
import { findAbi } from '../../../model/rows.js';
import { msghdrShape } from '../../../oracle/shape.js';
import { type CodecInstance, instantiate } from '../../../wasm/instance.js';
import { STAT_ROOM } from './calls.js';

/** Most bytes of an input. */
export const INPUT_ROOM = 4096;
/** Most control bytes that a receiver has room for: more than 253 descriptors and credentials take. */
export const RECEIVE_ROOM = 2048;
/** Bytes behind the receiver's room that nobody may write. */
export const GUARD = 64;
/** What the receiver's room holds before anything came. */
export const CANARY = 0xaa;
/** 192 KiB. */
const PAGES = 3;
const PAGE_ALIGNED = 4096;
const NO_FLAGS = 0;

/**
 * The memory of a case: a codec of its own, in whose linear memory the kernel reads and writes. All fields but `base`
 * are offsets there.
 */
export interface Buffers {
  readonly codec: CodecInstance;
  /** Number of this machine's ABI row. */
  readonly abi: number;
  /** Native address of linear memory. */
  readonly base: number;
  /** struct msghdr of what is sent, and of what is received; each has one iovec of one byte. */
  readonly outgoing: number;
  readonly incoming: number;
  /** The control bytes that are sent. */
  readonly control: number;
  /** Where the kernel writes control bytes: RECEIVE_ROOM and GUARD. */
  readonly received: number;
  /** The byte that is sent, and where it is received. */
  readonly sentData: number;
  readonly receivedData: number;
  /** What readMessage writes. */
  readonly message: number;
  readonly stat: number;
  /** Descriptors that are to be encoded, i32. */
  readonly numbers: number;
  /** msg_controllen of what is received: a number where the kernel left one below 2^32, and else Infinity. */
  readControllen(): number;
}

export function makeBuffers(): Buffers {
  const { koffi, abiId, iovecSize } = native();
  const codec = instantiate(undefined, PAGES);
  const abi = findAbi(codec, abiId);
  const { arena, bytes, exports } = codec;
  const base = Number(koffi.address(bytes));
  const incoming = arena.reserve(64, 64);
  const { offset, size } = msghdrShape(codec, abiId).msghdr.msg_controllen;
  const first = (incoming + offset) >> 2;
  // musl has four bytes and a padding; elsewhere the low four of eight come first or last.
  const [low, high] = size === 4 ? [first, -1] : exports.abiBig(abi) === 1 ? [first + 1, first] : [first, first + 1];
  const { ints } = codec;
  const buffers: Buffers = {
    codec,
    abi,
    base,
    control: arena.reserve(INPUT_ROOM + GUARD, PAGE_ALIGNED),
    received: arena.reserve(RECEIVE_ROOM + GUARD, 64),
    sentData: arena.reserve(64, 64),
    receivedData: arena.reserve(64, 64),
    outgoing: arena.reserve(64, 64),
    incoming,
    message: arena.reserve(32, 64),
    stat: arena.reserve(STAT_ROOM, 64),
    numbers: arena.reserve(4 * 256, 64),
    // Not through the module, which has a u64 for it: a BigInt each time.
    readControllen: () => (high >= 0 && ints[high] !== 0 ? Number.POSITIVE_INFINITY : (ints[low] as number) >>> 0),
  };
  const describe = (msghdr: number, data: number, control: number) => {
    const iovec = arena.reserve(iovecSize);
    exports.putIovec(abi, iovec, BigInt(base + data), 1n);
    exports.putMsghdr(abi, msghdr, 0n, 0, BigInt(base + iovec), 1n, BigInt(base + control), 0n, NO_FLAGS);
  };
  describe(buffers.outgoing, buffers.sentData, buffers.control);
  describe(buffers.incoming, buffers.receivedData, buffers.received);
  bytes.fill(CANARY, buffers.received, buffers.received + RECEIVE_ROOM + GUARD);
  return buffers;
}
