import {
  codecInstance,
  findControlAbi,
  type Layout,
  presentSizes,
  presentStruct,
  readLayout,
  readNumbers,
} from './base.js';

/** The numbers of an ABI that control messages are made with; sizes are bytes. */
export interface Shape {
  readonly abi: string;
  readonly layout: Layout;
  /** sizeof(struct cmsghdr) */
  readonly header: number;
  /** CMSG_LEN(0) */
  readonly data: number;
  /** What CMSG_ALIGN rounds to. */
  readonly unit: number;
  /** cmsg_len */
  readonly length: { readonly offset: number; readonly size: number };
  readonly isLittle: boolean;
  /** SOL_SOCKET */
  readonly level: number;
  /** SCM_RIGHTS, or the number that it has nearly everywhere. */
  readonly rights: number;
}

/** The shape of an ABI; throws for an unknown one, and for one that has no control messages. */
export function shapeOf(abi: string): Shape {
  const codec = codecInstance();
  const isLittle = codec.exports.abiBig(findControlAbi(codec, abi)) === 0;
  const layout = readLayout(codec, abi);
  const { size, fields } = presentStruct(layout, 'cmsghdr');
  const { align, data } = presentSizes(layout);
  const { SOL_SOCKET: level = 1, SCM_RIGHTS: rights = 1 } = readNumbers(codec, abi);
  const length = fields.cmsg_len as { offset: number; size: number };
  return { abi, layout, header: size, data, unit: align, length, isLittle, level, rights };
}

/** Stores the low bits of a number, of 4 or 8 bytes, as the ABI has it. */
export function storeNumber(bytes: Uint8Array, offset: number, size: number, value: bigint, isLittle: boolean): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (size === 8) view.setBigUint64(offset, BigInt.asUintN(64, value), isLittle);
  else if (size === 4) view.setUint32(offset, Number(BigInt.asUintN(32, value)), isLittle);
  else view.setUint16(offset, Number(BigInt.asUintN(16, value)), isLittle);
}
