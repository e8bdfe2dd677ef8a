/** The stretches of assembly/payload/frame.ts, each amid bytes that nobody may touch, and what its drawing says lies where. */
import * as assert from 'uvu/assert';
import { findAbi } from '../../host/model/rows.js';
import type { CodecInstance } from '../../host/wasm/instance.js';

const SHAPE = 44;
const DESCRIPTORS = 64;
/** More than any frame has, and no multiple of what things are aligned to. */
export const CONTROL_ROOM = 8064;
export const SUMMARY_SIZE = 8256;
const MSGHDR_SIZE = 56;

/** Where the kernel would see linear memory begin. */
export const BASE = 0x7f12_3456_7000n;
/** Pointers that nothing here follows. */
const NAME = BASE + 0x100n;
const IOVEC = BASE + 0x200n;
const GUARD = 64;
const UNTOUCHED = 0xee;

interface Credentials {
  pid: number;
  uid: number;
  gid: number;
}

/** The summary, and what its numbers count. */
export interface Incoming {
  fds: number[];
  flags: number;
  controllen: number;
  credentials?: { pid: number; uid: number; gid: number };
  pidfd: number;
  isMalformed: boolean;
  /** Offsets of the further messages. */
  further: number[];
  last: number;
}

export class TestFrame {
  readonly abi: number;
  /** Offsets of the stretches. */
  readonly #msghdr: number;
  readonly #control: number;
  readonly #summary: number;
  readonly #codec: CodecInstance;

  constructor(codec: CodecInstance, abiId: string, area: number) {
    this.#codec = codec;
    this.abi = findAbi(codec, abiId);
    this.#msghdr = area + GUARD;
    this.#control = this.#msghdr + MSGHDR_SIZE + GUARD;
    this.#summary = this.#control + CONTROL_ROOM + GUARD;
    codec.bytes.fill(UNTOUCHED, area, area + TestFrame.area);
    codec.bytes.fill(0, this.#control, this.#control + CONTROL_ROOM);
    codec.bytes.fill(0, this.#summary, this.#summary + SUMMARY_SIZE);
    this.#putMsghdr(0n, 0);
  }

  /** Bytes that the stretches take with their guards. */
  static readonly area = GUARD + MSGHDR_SIZE + GUARD + CONTROL_ROOM + GUARD + SUMMARY_SIZE + GUARD;

  #putMsghdr(controllen: bigint, flags: number): void {
    const { bytes, exports } = this.#codec;
    bytes.fill(UNTOUCHED, this.#msghdr, this.#msghdr + MSGHDR_SIZE);
    exports.putMsghdr(this.abi, this.#msghdr, NAME, 110, IOVEC, 3n, BASE + BigInt(this.#control), controllen, flags);
  }

  /** The struct msghdr that there should be: what the host wrote, but for its control length and flags. */
  expectedMsghdr(controllen: number, flags = 0): Uint8Array {
    const { arena, bytes, exports } = this.#codec;
    return arena.lend(MSGHDR_SIZE, (at) => {
      bytes.fill(UNTOUCHED, at, at + MSGHDR_SIZE);
      const control = BASE + BigInt(this.#control);
      exports.putMsghdr(this.abi, at, NAME, 110, IOVEC, 3n, control, BigInt(controllen), flags);
      return bytes.slice(at, at + MSGHDR_SIZE);
    });
  }

  msghdr(): Uint8Array {
    return this.#codec.bytes.slice(this.#msghdr, this.#msghdr + MSGHDR_SIZE);
  }

  get shape(): number {
    return this.#codec.view.getUint32(this.#summary + SHAPE, true);
  }

  control(length: number): Uint8Array {
    return this.#codec.bytes.slice(this.#control, this.#control + length);
  }

  encode(fds: readonly number[], credentials?: Credentials, room = CONTROL_ROOM): number {
    const { view, exports } = this.#codec;
    for (const [i, fd] of fds.entries()) view.setInt32(this.#summary + DESCRIPTORS + 4 * i, fd, true);
    if (credentials) {
      view.setInt32(this.#summary + 12, credentials.pid, true);
      view.setInt32(this.#summary + 16, credentials.uid, true);
      view.setInt32(this.#summary + 20, credentials.gid, true);
    }
    const isStated = credentials ? 1 : 0;
    return exports.encodeOutgoing(this.abi, this.#msghdr, this.#control, room, this.#summary, fds.length, isStated);
  }

  /** What readIncoming makes of a recvmsg that left this. */
  receive(control: Uint8Array, flags = 0, controllen = BigInt(control.length), room = CONTROL_ROOM): Incoming {
    const { bytes, exports } = this.#codec;
    bytes.set(control, this.#control);
    const [from, to] = [this.#summary + DESCRIPTORS, this.#summary + SUMMARY_SIZE];
    bytes.fill(UNTOUCHED, from, to);
    this.#putMsghdr(controllen, flags);
    const incoming = this.#read(exports.readIncoming(this.abi, this.#msghdr, this.#control, room, this.#summary));
    const between = bytes.subarray(from + 4 * incoming.fds.length, to - 4 * incoming.further.length);
    assert.ok(
      between.every((byte) => byte === UNTOUCHED),
      'something written between descriptors and offsets',
    );
    return incoming;
  }

  #read(count: number): Incoming {
    const { view } = this.#codec;
    const word = (i: number) => view.getInt32(this.#summary + 4 * i, true);
    assert.is(word(0), count, 'descriptors as returned');
    const [pid, uid, gid] = [word(3), word(4) >>> 0, word(5) >>> 0];
    return {
      fds: Array.from({ length: count }, (_, i) => view.getInt32(this.#summary + DESCRIPTORS + 4 * i, true)),
      flags: word(1),
      controllen: word(2),
      ...(word(6) === 1 && { credentials: { pid, uid, gid } }),
      pidfd: word(7),
      isMalformed: word(8) === 1,
      further: Array.from({ length: word(9) }, (_, i) =>
        view.getInt32(this.#summary + SUMMARY_SIZE - 4 * (i + 1), true),
      ),
      last: word(10),
    };
  }

  /** Whatever happened, nothing outside the stretches changed. */
  assertGuards(what?: string): void {
    const { bytes } = this.#codec;
    const guards = [this.#msghdr, this.#control, this.#summary].map((start) => start - GUARD);
    for (const start of [...guards, this.#summary + SUMMARY_SIZE]) {
      const guard = bytes.subarray(start, start + GUARD);
      assert.ok(
        guard.every((byte) => byte === UNTOUCHED),
        `bytes outside the stretches changed: ${what ?? ''}`,
      );
    }
  }
}
