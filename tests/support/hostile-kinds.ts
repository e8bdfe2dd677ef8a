/** What is hostile about a control buffer, told from its bytes alone. */
import { layout, numbers, parse } from 'ancillary/codec';

export interface ControlShape {
  readonly abi: string;
  readonly header: number;
  readonly data: number;
  readonly unit: number;
  readonly length: { readonly offset: number; readonly size: number };
  readonly level: number;
  readonly rights: number;
  readonly isLittle: boolean;
}

interface Header {
  readonly length: bigint;
  /** Bytes from the header to the end. */
  readonly left: number;
  readonly level: number;
  readonly type: number;
  readonly payload: Uint8Array;
}

export function controlShape(abi: string, endian: string): ControlShape {
  const { structs, cmsg } = layout(abi);
  const struct = structs.cmsghdr;
  if (!struct || struct === 'absent' || cmsg === 'absent') throw new Error(`${abi} has no control messages`);
  const { SOL_SOCKET: level = 1, SCM_RIGHTS: rights = 1 } = numbers(abi);
  const length = struct.fields.cmsg_len as { offset: number; size: number };
  const { align: unit, data } = cmsg;
  return { abi, header: struct.size, data, unit, length, level, rights, isLittle: endian === 'little' };
}

/** The headers that a strict reader looks at: the last one may be malformed. */
export function headersOf(shape: ControlShape, bytes: Uint8Array): Header[] {
  const { header, data, unit, length, isLittle } = shape;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const found: Header[] = [];
  for (let at = 0; bytes.length - at >= header; ) {
    const place = at + length.offset;
    const value = length.size === 8 ? view.getBigUint64(place, isLittle) : BigInt(view.getUint32(place, isLittle));
    const left = bytes.length - at;
    const [level, type] = [8, 4].map((before) => view.getInt32(at + header - before, isLittle)) as [number, number];
    const isSound = value >= BigInt(data) && value <= BigInt(left);
    const payload = isSound ? bytes.subarray(at + data, at + Number(value)) : new Uint8Array(0);
    found.push({ length: value, left, level, type, payload });
    if (!isSound) break;
    at += Math.ceil(Number(value) / unit) * unit;
  }
  return found;
}

type OfHeader = (header: Header, shape: ControlShape) => boolean;

/** The values near which implementations part, and where sums wrap. */
export const LENGTH_KINDS: Readonly<Record<string, OfHeader>> = {
  zero: ({ length }) => length === 0n,
  'a few bytes': ({ length }) => length > 0n && length < 8n,
  'header - 1': ({ length }, { header }) => length === BigInt(header - 1),
  header: ({ length }, { header }) => length === BigInt(header),
  'data offset': ({ length }, { data }) => length === BigInt(data),
  left: ({ length, left }) => length === BigInt(left),
  'left + 1': ({ length, left }) => length === BigInt(left + 1),
  'left - 1': ({ length, left }) => length === BigInt(left - 1),
  'left + 8': ({ length, left }) => length === BigInt(left + 8),
  'left - 8': ({ length, left }, { data }) => length === BigInt(left - 8) && left - 8 > data,
  'all ones': ({ length }, { length: { size } }) => length === most(size),
  'wraps when it is rounded up': ({ length }, { length: { size } }) => length > most(size) - 7n && length < most(size),
  'about 2^32': ({ length }) => length >= 0xffff_fff8n && length <= 0xffff_ffffn,
  'about 2^31': ({ length }) => length >= 0x7fff_fffcn && length <= 0x8000_0003n,
  'a unit back': ({ length }, { length: { size }, unit }) => length === most(size) + 1n - BigInt(unit),
  'a header back': ({ length }, { length: { size }, header }) => length === most(size) + 1n - BigInt(header),
  'one bit wrong': ({ length }) => length > 0x1_0000n && length < 0x4000_0001n,
  // Of the padding bytes that it covers only those with 0xcc are told from a payload.
  'CMSG_SPACE for CMSG_LEN': ({ length, payload }, { unit }) =>
    Number(length) % unit === 0 && payload.length > 3 && payload[0] !== 0xcc && endsWith(payload, [0xcc, 0xcc, 0xcc]),
};

/** The same with 64 bits only. */
export const WIDE_KINDS: Readonly<Record<string, OfHeader>> = {
  'right but for 2^32': ({ length, left }) => length > 0x1_0000_0000n && length <= 0x1_0000_0000n + BigInt(left),
};

export const MESSAGE_KINDS: Readonly<Record<string, OfHeader>> = {
  ...Object.fromEntries(
    [252, 253, 254].map((count) => [
      `${count} descriptors`,
      ({ payload, level, type }: Header, shape: ControlShape) =>
        payload.length === 4 * count && level === shape.level && type === shape.rights,
    ]),
  ),
  'an empty payload': ({ length }, { data }) => length === BigInt(data),
  'level of IP': ({ level }) => level === 0,
  'level of IPv6': ({ level }) => level === 41,
  'negative level': ({ level }) => level < 0,
  'foreign type': ({ level, type }, shape) => level === shape.level && type !== shape.rights,
};

type OfBuffer = (bytes: Uint8Array, shape: ControlShape) => boolean;

export const BUFFER_KINDS: Readonly<Record<string, OfBuffer>> = {
  'last message without its padding': (bytes, shape) => {
    const { trailing, problem, messages } = parse(shape.abi, bytes);
    const size = messages.at(-1)?.data.length;
    return !problem && trailing === 0 && size !== undefined && (shape.data + size) % shape.unit !== 0;
  },
  'a tail of zeros': (bytes, { abi }) => isTail(bytes, abi, 0),
  'a tail of 0xff': (bytes, { abi }) => isTail(bytes, abi, 0xff),
  'a tail of 0xcc': (bytes, { abi }) => isTail(bytes, abi, 0xcc),
  'less than a header': (bytes, { header }) => bytes.length > 0 && bytes.length < header,
  'five messages': (bytes, { abi }) => parse(abi, bytes).messages.length >= 5,
};

const most = (size: number) => 2n ** BigInt(8 * size) - 1n;

function endsWith(bytes: Uint8Array, end: number[]): boolean {
  return end.every((byte, i) => bytes[bytes.length - end.length + i] === byte);
}

function isTail(bytes: Uint8Array, abi: string, value: number): boolean {
  const { trailing } = parse(abi, bytes);
  return trailing > 0 && bytes.subarray(bytes.length - trailing).every((byte) => byte === value);
}
