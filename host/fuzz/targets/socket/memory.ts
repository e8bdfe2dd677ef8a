/** The memory that messages to a peer are put together in: one msghdr, its iovec, control bytes and data. */
import { endianness } from 'node:os';
import { native } from '../../../libc/native.js';
import { readStructNamed } from '../../../model/layout.js';

export const IS_LITTLE = endianness() === 'LE';
/** The longest input is shorter, and so are 253 descriptors. */
export const CONTROL_ROOM = 16384;
/** What comes back is read in pieces of this size, and dropped. */
const ANSWER_ROOM = 65536;
const ADDRESS_ROOM = 128;
const POLL_ROOM = 64;

export interface MessageMemory {
  readonly view: DataView;
  readonly bytes: Uint8Array;
  /** Native address of an offset. */
  address(at: number): number;
  /** Offsets of what lies there. */
  readonly msghdr: number;
  readonly control: number;
  readonly data: number;
  readonly dataRoom: number;
  readonly answer: number;
  readonly answerRoom: number;
  readonly socketAddress: number;
  readonly poll: number;
  /** 16 bytes for options. */
  readonly scratch: number;
  /** Makes the msghdr say that so many bytes of data, from `dataOffset` on, and of control are to be sent. */
  describe(dataOffset: number, dataSize: number, controlSize: number): void;
}

/** `dataRoom`: the most bytes of data in one message. */
export function makeMemory(dataRoom: number): MessageMemory {
  const { codec, abi, abiId, base } = native();
  const { arena, view, bytes } = codec;
  const word = codec.exports.abiWord(abi);
  const offsets = (name: string) => {
    const struct = readStructNamed(codec, abiId, name);
    return (field: string) => struct?.fields[field]?.offset as number;
  };
  const [inHeader, inVector] = [offsets('msghdr'), offsets('iovec')];
  const [msghdr, iovec] = [arena.reserve(64), arena.reserve(16)];
  const [control, data] = [arena.reserve(CONTROL_ROOM), arena.reserve(dataRoom)];
  const put = (at: number, value: number) => {
    if (word === 8) view.setBigUint64(at, BigInt(value), IS_LITTLE);
    else view.setUint32(at, value, IS_LITTLE);
  };
  bytes.fill(0, msghdr, msghdr + 64);
  put(msghdr + inHeader('msg_iov'), base + iovec);
  return {
    view,
    bytes,
    address: (at) => base + at,
    msghdr,
    control,
    data,
    dataRoom,
    answer: arena.reserve(ANSWER_ROOM),
    answerRoom: ANSWER_ROOM,
    socketAddress: arena.reserve(ADDRESS_ROOM),
    poll: arena.reserve(POLL_ROOM),
    scratch: arena.reserve(16),
    describe(dataOffset, dataSize, controlSize) {
      put(iovec + inVector('iov_base'), base + data + dataOffset);
      put(iovec + inVector('iov_len'), dataSize);
      put(msghdr + inHeader('msg_iovlen'), 1);
      put(msghdr + inHeader('msg_control'), controlSize === 0 ? 0 : base + control);
      put(msghdr + inHeader('msg_controllen'), controlSize);
    },
  };
}
