import { presentSizes, presentStruct, readLayout } from '../model/layout.js';
import { findControlAbi } from '../model/rows.js';
import { codecInstance } from '../wasm/instance.js';

/** A message of an input, as a strict reader sees it: its bytes are [start, end), with its padding. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The numbers of an ABI that finding messages takes. */
export interface Shape {
  readonly header: number;
  /** CMSG_LEN(0). */
  readonly data: number;
  readonly unit: number;
  readonly length: { readonly offset: number; readonly size: number };
  readonly isLittle: boolean;
}

/** The shape of an ABI that has control messages. */
export function shapeOf(abi: string): Shape {
  const codec = codecInstance();
  const layout = readLayout(codec, abi);
  const { size, fields } = presentStruct(layout, 'cmsghdr');
  const { align, data } = presentSizes(layout);
  const { offset, size: bytes } = fields.cmsg_len as { offset: number; size: number };
  const row = codec.exports.abiBig(findNumber(abi));
  return { header: size, data, unit: align, length: { offset, size: bytes }, isLittle: row === 0 };
}

const findNumber = (abi: string) => findControlAbi(codecInstance(), abi);

/** The messages of an input; what is behind the last sound one is one more. */
export function findSpans(bytes: Uint8Array, { header, unit, length, isLittle }: Shape): Span[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const spans: Span[] = [];
  let start = 0;
  while (bytes.length - start >= header) {
    const at = start + length.offset;
    const value = length.size === 8 ? view.getBigUint64(at, isLittle) : BigInt(view.getUint32(at, isLittle));
    const left = bytes.length - start;
    if (value < BigInt(header) || value > BigInt(left)) break;
    const end = start + Math.min(left, Math.ceil(Number(value) / unit) * unit);
    spans.push({ start, end });
    start = end;
  }
  return start < bytes.length ? [...spans, { start, end: bytes.length }] : spans;
}

/** Stores cmsg_len of the message at `start`. */
export function storeLength(bytes: Uint8Array, start: number, value: number, { length, isLittle }: Shape): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (length.size === 8) view.setBigUint64(start + length.offset, BigInt(value), isLittle);
  else view.setUint32(start + length.offset, value, isLittle);
}
