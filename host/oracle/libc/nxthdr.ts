import { native } from '../../libc/native.js';
import { walkControl } from '../../model/walk.js';
import type { CodecInstance } from '../../wasm/instance.js';
import { Difference } from '../answer.js';
import { hostileBuffers } from '../hostile.js';
import { msghdrShape } from '../shape.js';

const BUFFERS = 2000;
const MSGHDR_ROOM = 128;
/** Zeros before and behind the buffer: what a walk may read that strays out of it. */
const AROUND = 4096;
const TOP = 1n << 64n;

type NextHeader = (msghdr: number, cmsghdr: number) => number | bigint;

/** libc's own __cmsg_nxthdr, or undefined where it exports none. */
export function findNextHeader(): NextHeader | undefined {
  try {
    return native().koffi.load(null).func('uintptr_t __cmsg_nxthdr(uintptr_t, uintptr_t)') as NextHeader;
  } catch {
    return undefined;
  }
}

/**
 * Walks hostile buffers with libc's function and with the row `dialect`, and throws Difference where they part. A step
 * that would have libc read outside the memory that is set up for it is not taken.
 */
export function compareWalks(
  codec: CodecInstance,
  abi: string,
  dialect: string,
  nextHeader: NextHeader,
  count: () => void,
): void {
  const { msghdr, word, header } = { ...msghdrShape(codec, abi), header: msghdrShape(codec, abi).word + 8 };
  const memory = new Uint8Array(MSGHDR_ROOM + AROUND + AROUND);
  const view = new DataView(memory.buffer);
  const base = Number(native().koffi.address(memory));
  const start = MSGHDR_ROOM + AROUND / 2;
  const put = (offset: number, value: number) => {
    if (word === 8) view.setBigUint64(offset, BigInt(value), true);
    else view.setUint32(offset, value, true);
  };

  const lengthAt = (at: number) => (word === 8 ? view.getBigUint64(at, true) : BigInt(view.getUint32(at, true)));
  /** Whether whatever libc reads to take this step lies in the memory, or is beyond the end and so not read. */
  const isSafe = (at: number, size: number) => {
    const unit = BigInt(word);
    const next = (BigInt(base + at) + ((lengthAt(at) + unit - 1n) & -unit)) % TOP;
    const isInside = next >= BigInt(base + MSGHDR_ROOM) && next <= BigInt(base + memory.length - header);
    return isInside || (next > BigInt(base + start + size) && next < TOP - BigInt(header));
  };

  /** How libc walks, or undefined if that cannot be asked. */
  const walkNatively = (size: number): string | undefined => {
    const offsets: number[] = [];
    if (size < header) return summary(offsets, 'end', 0);
    for (let at = 0; ; ) {
      offsets.push(at);
      if (!isSafe(start + at, size)) return undefined;
      const answer = Number(nextHeader(base, base + start + at));
      if (answer === 0) return summary(offsets, 'end', 0);
      const next = answer - base - start;
      if (next < 0 || next + header > size) return summary(offsets, 'escape', next);
      if (next === at) return summary(offsets, 'loop', next);
      if (next < at) return summary(offsets, 'back', next);
      at = next;
    }
  };

  for (const { control, name } of hostileBuffers(BUFFERS, word)) {
    memory.fill(0);
    memory.set(control, start);
    put(msghdr.msg_control.offset, base + start);
    put(msghdr.msg_controllen.offset, control.length);
    const said = walkNatively(control.length);
    if (said === undefined) continue;
    const { headers, end, at } = walkControl(codec, abi, control, { dialect });
    const row = summary(
      headers.map(({ offset }) => offset),
      end,
      Number(at),
    );
    if (row !== said) {
      const hex = Buffer.from(control).toString('hex');
      throw new Difference(`__cmsg_nxthdr walks ${hex} (${name}) to ${said}, the row to ${row}`);
    }
    count();
  }
}

/** `0, 24, then the end`; `0, then back to -8` */
function summary(offsets: readonly number[], end: string, at: number): string {
  const [first = 'nothing', ...more] = offsets;
  return `${[first, ...more].join(', ')}, then ${end === 'end' ? 'the end' : `${end} at ${at}`}`;
}
