import type { CodecInstance } from '../wasm/instance.js';
import { findAbi } from './rows.js';

export interface Field {
  offset: number;
  size: number;
}

export interface Struct {
  size: number;
  align: number;
  fields: Record<string, Field>;
}

/** Where everything lies on one ABI, in bytes. */
export interface Layout {
  msghdr: Struct;
  cmsghdr: Struct;
  iovec: Struct;
  cmsg: {
    /** What CMSG_ALIGN rounds to. */
    align: number;
    /** Offset of CMSG_DATA from its header. */
    data: number;
    /** CMSG_LEN(n) by n. */
    LEN: Record<string, number>;
    /** CMSG_SPACE(n) by n. */
    SPACE: Record<string, number>;
  };
}

// Offsets within a row of assembly/abi/row.ts, and the fields in the order it keeps them.
const UNIT = 26;
const DATA = 27;
const STRUCTS = {
  msghdr: {
    at: 30,
    fields: ['msg_name', 'msg_namelen', 'msg_iov', 'msg_iovlen', 'msg_control', 'msg_controllen', 'msg_flags'],
  },
  cmsghdr: { at: 46, fields: ['cmsg_len', 'cmsg_level', 'cmsg_type'] },
  iovec: { at: 54, fields: ['iov_base', 'iov_len'] },
};

/** The payload sizes that a layout tells LEN and SPACE of; 1012 is SCM_RIGHTS with 253 descriptors. */
const SIZES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 28, 32, 64, 128, 256, 1012];

/** The layout of the ABI `id`. */
export function readLayout(codec: CodecInstance, id: string): Layout {
  const abi = findAbi(codec, id);
  const { abiByte, cmsgLen, cmsgSpace } = codec.exports;
  const struct = ({ at, fields }: { at: number; fields: string[] }): Struct => ({
    size: abiByte(abi, at),
    align: abiByte(abi, at + 1),
    fields: Object.fromEntries(
      fields.map((name, i) => [name, { offset: abiByte(abi, at + 2 + 2 * i), size: abiByte(abi, at + 3 + 2 * i) }]),
    ),
  });
  return {
    msghdr: struct(STRUCTS.msghdr),
    cmsghdr: struct(STRUCTS.cmsghdr),
    iovec: struct(STRUCTS.iovec),
    cmsg: {
      align: abiByte(abi, UNIT),
      data: abiByte(abi, DATA),
      LEN: Object.fromEntries(SIZES.map((size) => [size, cmsgLen(abi, size)])),
      SPACE: Object.fromEntries(SIZES.map((size) => [size, cmsgSpace(abi, size)])),
    },
  };
}
