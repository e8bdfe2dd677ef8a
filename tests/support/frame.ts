/** A frame of assembly/payload/frame.ts amid bytes that nobody may touch, and what its drawing says lies where. */
import * as assert from 'uvu/assert';
import { findAbi } from '../../host/model/rows.js';
import type { CodecInstance } from '../../host/wasm/instance.js';

const IOVEC = 64;
const SUMMARY = 80;
const SHAPE = 124;
const CONTROL = 128;
const DESCRIPTORS = 8192;
export const CONTROL_ROOM = 8064;
export const FRAME_SIZE = 16384;

/** Where the kernel would see linear memory begin. */
export const BASE = 0x7f12_3456_7000n;
const GUARD = 64;
const UNTOUCHED = 0xee;

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
  readonly at: number;
  readonly data: number;
  readonly #codec: CodecInstance;

  constructor(codec: CodecInstance, abiId: string, area: number) {
    this.#codec = codec;
    this.abi = findAbi(codec, abiId);
    this.at = area + GUARD;
    this.data = this.at + FRAME_SIZE + GUARD;
    codec.bytes.fill(UNTOUCHED, area, area + TestFrame.area);
    codec.exports.initFrame(this.abi, this.at, this.data, BASE);
  }

  /** Bytes that a frame takes with its guards. */
  static readonly area = GUARD + FRAME_SIZE + GUARD;

  bytes(from: number, to: number): Uint8Array {
    return this.#codec.bytes.slice(this.at + from, this.at + to);
  }

  /** The struct msghdr and iovec that the frame should hold. */
  expectedHeaders(size: number, controllen: number, flags = 0): Uint8Array {
    const { arena, bytes, exports } = this.#codec;
    return arena.lend(SUMMARY, (at) => {
      bytes.fill(0, at, at + SUMMARY);
      const [iovec, control] = [BASE + BigInt(this.at + IOVEC), BASE + BigInt(this.at + CONTROL)];
      exports.putMsghdr(this.abi, at, 0n, 0, iovec, 1n, control, BigInt(controllen), flags);
      exports.putIovec(this.abi, at + IOVEC, BASE + BigInt(this.data), BigInt(size));
      return bytes.slice(at, at + SUMMARY);
    });
  }

  headers(): Uint8Array {
    return this.bytes(0, SUMMARY);
  }

  get shape(): number {
    return this.#codec.view.getUint32(this.at + SHAPE, true);
  }

  control(length: number): Uint8Array {
    return this.bytes(CONTROL, CONTROL + length);
  }

  encode(size: number, fds: readonly number[], credentials?: { pid: number; uid: number; gid: number }): number {
    const { view, exports } = this.#codec;
    for (const [i, fd] of fds.entries()) view.setInt32(this.at + DESCRIPTORS + 4 * i, fd, true);
    if (credentials) {
      view.setInt32(this.at + SUMMARY + 12, credentials.pid, true);
      view.setInt32(this.at + SUMMARY + 16, credentials.uid, true);
      view.setInt32(this.at + SUMMARY + 20, credentials.gid, true);
    }
    return exports.encodeOutgoing(this.abi, this.at, size, fds.length, credentials ? 1 : 0);
  }

  /** What readIncoming makes of a recvmsg that left this. */
  receive(control: Uint8Array, flags = 0, controllen = BigInt(control.length)): Incoming {
    const { bytes, exports } = this.#codec;
    bytes.set(control, this.at + CONTROL);
    bytes.fill(UNTOUCHED, this.at + DESCRIPTORS, this.at + FRAME_SIZE);
    const [iovec, at] = [BASE + BigInt(this.at + IOVEC), BASE + BigInt(this.at + CONTROL)];
    exports.putMsghdr(this.abi, this.at, 0n, 0, iovec, 1n, at, controllen, flags);
    const incoming = this.#summary(exports.readIncoming(this.abi, this.at));
    const between = this.bytes(DESCRIPTORS + 4 * incoming.fds.length, FRAME_SIZE - 4 * incoming.further.length);
    assert.ok(
      between.every((byte) => byte === UNTOUCHED),
      'something written between descriptors and offsets',
    );
    return incoming;
  }

  #summary(count: number): Incoming {
    const { view } = this.#codec;
    const word = (i: number) => view.getInt32(this.at + SUMMARY + 4 * i, true);
    assert.is(word(0), count, 'descriptors as returned');
    const [pid, uid, gid] = [word(3), word(4) >>> 0, word(5) >>> 0];
    return {
      fds: Array.from({ length: count }, (_, i) => view.getInt32(this.at + DESCRIPTORS + 4 * i, true)),
      flags: word(1),
      controllen: word(2),
      ...(word(6) === 1 && { credentials: { pid, uid, gid } }),
      pidfd: word(7),
      isMalformed: word(8) === 1,
      further: Array.from({ length: word(9) }, (_, i) => view.getInt32(this.at + FRAME_SIZE - 4 * (i + 1), true)),
      last: word(10),
    };
  }

  /** Whatever happened, nothing outside the frame changed. */
  assertGuards(what?: string): void {
    const { bytes } = this.#codec;
    for (const start of [this.at - GUARD, this.at + FRAME_SIZE]) {
      const guard = bytes.subarray(start, start + GUARD);
      assert.ok(
        guard.every((byte) => byte === UNTOUCHED),
        `bytes outside the frame changed: ${what ?? ''}`,
      );
    }
  }
}
