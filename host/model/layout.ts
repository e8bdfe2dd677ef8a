import { type CodecInstance, readText } from '../wasm/instance.js';
import { type Members, readMembers } from './members.js';
import { findAbi } from './rows.js';

/** Where a field, or padding, lies in its struct, in bytes. */
export interface Field {
  offset: number;
  size: number;
}

/** A struct as an ABI lays it out, in bytes. */
export interface Struct {
  size: number;
  align: number;
  /** By their names in C. */
  fields: Record<string, Field>;
  /** Padding, declared or not, in order. */
  pads: Field[];
}

/** What the macros give on one ABI, in bytes. */
export interface CmsgSizes {
  /** What CMSG_ALIGN rounds to. */
  align: number;
  /** Offset of CMSG_DATA from its header. */
  data: number;
  /** CMSG_LEN(n) by n. */
  LEN: Record<string, number>;
  /** CMSG_SPACE(n) by n. */
  SPACE: Record<string, number>;
}

/** Where everything lies on one ABI, in bytes; `absent` is what its headers do not declare. */
export interface Layout {
  structs: Record<string, Struct | 'absent'>;
  cmsg: CmsgSizes | 'absent';
}

/** The payload sizes that a layout tells LEN and SPACE of; 1012 is SCM_RIGHTS with 253 descriptors. */
const SIZES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 28, 32, 64, 128, 256, 1012];

/** The layout of the ABI `id`. */
export function readLayout(codec: CodecInstance, id: string): Layout {
  const abi = findAbi(codec, id);
  const { structCount, structText } = codec.exports;
  const structs: Record<string, Struct | 'absent'> = {};
  for (let struct = 0; struct < structCount(); struct++) {
    structs[readText(codec, structText(struct))] = readStruct(codec, abi, struct) ?? 'absent';
  }
  return { structs, cmsg: readSizes(codec, abi) };
}

/** The struct `name` alone, where the ABI `id` has it: all of them take milliseconds of a start. */
export function readStructNamed(codec: CodecInstance, id: string, name: string): Struct | undefined {
  const abi = findAbi(codec, id);
  const { structCount, structText } = codec.exports;
  for (let struct = 0; struct < structCount(); struct++) {
    if (readText(codec, structText(struct)) === name) return readStruct(codec, abi, struct);
  }
  return undefined;
}

/** A struct that the layout of an ABI with control messages always has. */
export function presentStruct({ structs }: Layout, name: 'msghdr' | 'cmsghdr' | 'iovec'): Struct {
  return structs[name] as Struct;
}

/** What the macros give, on an ABI with control messages. */
export function presentSizes({ cmsg }: Layout): CmsgSizes {
  return cmsg as CmsgSizes;
}

function readSizes(codec: CodecInstance, abi: number): CmsgSizes | 'absent' {
  const { abiData, abiUnit, cmsgLen, cmsgSpace } = codec.exports;
  if (abiData(abi) === 0) return 'absent';
  return {
    align: abiUnit(abi),
    data: abiData(abi),
    LEN: Object.fromEntries(SIZES.map((size) => [size, cmsgLen(abi, size)])),
    SPACE: Object.fromEntries(SIZES.map((size) => [size, cmsgSpace(abi, size)])),
  };
}

function readStruct(codec: CodecInstance, abi: number, struct: number): Struct | undefined {
  const found = readMembers(codec, (out) => codec.exports.describeStruct(abi, struct, out));
  return found && layOut(found);
}

/** Members as fields, and what lies between them and behind the last as padding. */
function layOut({ size, align, members }: Members): Struct {
  const struct: Struct = { size, align, fields: {}, pads: [] };
  let end = 0;
  const pad = (upTo: number) => {
    if (upTo > end) struct.pads.push({ offset: end, size: upTo - end });
  };
  for (const { name, offset, size: bytes, count, isPad } of members) {
    if (isPad) continue;
    pad(offset);
    struct.fields[name] = { offset, size: bytes * count };
    end = offset + bytes * count;
  }
  pad(size);
  return struct;
}
