import { byteLengthOf, checkBytes, viewOf } from '../check/bytes.js';
import { checkOptions, optionNames } from '../check/options.js';
import { checkInteger } from '../check/values.js';
import { WALK_ENDS, WALK_REASONS } from '../wasm/exports.js';
import type { CodecInstance } from '../wasm/instance.js';
import { exactLength, type Length } from './length.js';
import { findControlAbi, findDialect } from './rows.js';

/** A header that a walk hands out; its numbers are what stands there, whatever they mean. */
export interface WalkedHeader {
  /** From the beginning of the buffer, in bytes. */
  offset: number;
  /** cmsg_len as it stands there. */
  len: Length;
  level: number;
  type: number;
}

/**
 * How a walk stops: NULL, the same header again, an earlier one, one not wholly inside the buffer, or one that the
 * implementation refuses.
 */
export type WalkEnd = 'end' | 'loop' | 'back' | 'escape' | 'reject';

/**
 * Why an implementation refuses a header: the call fails with EINVAL (the kernel, Go), the program panics (Go), the
 * message and all behind it are left out (CPython with a warning; falco and qemu-user in silence), or it was the last
 * one handed out, with as much of its payload as there is (CPython, with a warning).
 */
export type WalkReason = 'EINVAL' | 'panic' | 'dropped' | 'clipped';

/** What a walk over a control buffer does, and how it ends. */
export interface Walk {
  /**
   * The headers that a caller of CMSG_FIRSTHDR and CMSG_NXTHDR is handed, or that the loop of an implementation uses,
   * in order. With `reject` those before the refused one: the kernel has looked at them when its call fails. Go hands
   * out all or none.
   */
  headers: WalkedHeader[];
  end: WalkEnd;
  /** Offset of the header that stopped it, signed; of the last header visited (or 0) when the end was NULL. */
  at: Length;
  /** With `reject` only. */
  reason?: WalkReason;
}

/** Whose walk it is, and what else the program knows of the buffer. */
export interface WalkOptions {
  /** Id of the walk; default: that of the ABI's libc. */
  dialect?: string | undefined;
  /** msg_controllen; default: all bytes of the buffer, which is the most it may be. */
  controllen?: number | undefined;
  /**
   * msg_control, where the program has the buffer, which decides what an address that wraps does, and one that is
   * rounded up (illumos). Default: 0x7ffd00000000, and 0x40000000 with 32-bit pointers.
   */
  address?: number | undefined;
}

const WALK_OPTIONS = optionNames<WalkOptions>({ dialect: true, controllen: true, address: true });

/** How many headers are fetched at a time, and the bytes of each (dialect/walk.ts). */
const WINDOW = 1024;
const HEADER = 20;
const HEADERS = 16;

/** Walks a control buffer as an implementation does, whatever its bytes; ends always. */
export function walkControl(codec: CodecInstance, abiId: string, control: Uint8Array, options?: WalkOptions): Walk {
  const abi = findControlAbi(codec, abiId);
  const length = byteLengthOf(checkBytes(control, 'control'));
  const { dialect: dialectId, controllen = length, address } = checkOptions(options, WALK_OPTIONS, 'walk');
  const dialect = findDialect(codec, dialectId, abi);
  checkInteger(controllen, 'controllen', 0, length, `the ${length} bytes of control`);
  if (address !== undefined) checkAddress(address, controllen, codec.exports.abiWord(abi) === 4 ? 32 : 64);
  return collectWalk(codec, control, controllen, (start, skip, most, out) =>
    codec.exports.walkAll(abi, dialect, start, controllen, address ?? 0, skip, most, out),
  );
}

/** Walks the first bytes of a buffer by a function of the module, which writes as walkAll does (dialect/walk.ts). */
export function collectWalk(
  codec: CodecInstance,
  control: Uint8Array,
  controllen: number,
  walkInto: (start: number, skip: number, most: number, out: number) => number,
): Walk {
  const most = Math.min(controllen, WINDOW);
  return codec.arena.lend(controllen + HEADERS + most * HEADER, (out) => {
    const start = out + HEADERS + most * HEADER;
    codec.bytes.set(viewOf(control, 0, controllen), start);
    const headers: WalkedHeader[] = [];
    for (;;) {
      const skip = headers.length;
      const end = walkInto(start, skip, most, out);
      const count = codec.view.getUint32(out + 12, true);
      readHeaders(codec, out + HEADERS, Math.min(count - skip, most), headers);
      if (headers.length < count) continue;
      const at = exactLength(codec.view.getBigInt64(out, true));
      const reason = WALK_REASONS[codec.view.getInt32(out + 8, true)];
      return { headers, end: WALK_ENDS[end] as WalkEnd, at, ...(reason && { reason }) };
    }
  });
}

/** The buffer has to end before addresses do. */
function checkAddress(address: unknown, controllen: number, bits: 32 | 64): void {
  const highest = Math.min(2 ** bits - 1, Number.MAX_SAFE_INTEGER) - controllen;
  checkInteger(address, 'address', 1, highest, `where ${controllen} bytes end below 2^${bits === 32 ? 32 : 53}`);
}

function readHeaders({ view }: CodecInstance, from: number, count: number, headers: WalkedHeader[]): void {
  for (let at = from; at < from + count * HEADER; at += HEADER) {
    headers.push({
      offset: view.getUint32(at, true),
      len: exactLength(view.getBigUint64(at + 12, true)),
      level: view.getInt32(at + 4, true),
      type: view.getInt32(at + 8, true),
    });
  }
}
