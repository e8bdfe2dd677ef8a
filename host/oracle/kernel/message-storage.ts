import { existsSync, readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { type LabInstance, labInstance } from '../../wasm/lab.js';
import { readBtf } from '../btf/read.js';
import { type StorageSizes, USUAL_SIZES } from './storage-sizes.js';

export { type StorageSizes, USUAL_SIZES };

/** One allocation of a message. */
export interface StoragePart {
  struct: 'msg_msg' | 'msg_msgseg';
  /** Which bytes of the message are in it. */
  offset: number;
  size: number;
  /** Bytes asked for: the struct and those. */
  allocated: number;
  /** Bytes that the slab gives, and its name in /proc/slabinfo. */
  slab: number;
  slabName: string;
}

const BTF = '/sys/kernel/btf/vmlinux';
const BUCKET = '/sys/kernel/slab/msg_msg-64';
const AT_PAGESZ = 6;

/** The sizes of the running kernel: of its type information, where it has that, else the usual ones. */
export function readStorageSizes(): StorageSizes {
  const { page, header, segment } = USUAL_SIZES;
  const hasBuckets = existsSync(BUCKET);
  try {
    const { structs } = readBtf(readFileSync(BTF), { structs: ['msg_msg', 'msg_msgseg'], enumerators: [] });
    const sizeOf = (name: string, usual: number) => structs.get(name)?.[0]?.size ?? usual;
    return { page: pageSize(), header: sizeOf('msg_msg', header), segment: sizeOf('msg_msgseg', segment), hasBuckets };
  } catch {
    return { page: pageSize() || page, header, segment, hasBuckets };
  }
}

let lab: LabInstance | undefined;

/** In which allocations a message of `size` bytes is stored (ipc/msgutil.c, alloc_msg), the first part first. */
export function planStorage(size: number, sizes: StorageSizes = USUAL_SIZES): StoragePart[] {
  lab ??= labInstance();
  const { messageParts, messagePartSize, slabSize } = lab.exports;
  const { page, header, segment, hasBuckets } = sizes;
  let offset = 0;
  return Array.from({ length: messageParts(size, page, header, segment) >>> 0 }, (_, part) => {
    const isFirst = part === 0;
    const own = messagePartSize(size, part, page, header, segment) >>> 0;
    const allocated = own + (isFirst ? header : segment);
    const slab = slabSize(allocated) >>> 0;
    const place = offset;
    offset += own;
    return {
      struct: isFirst ? 'msg_msg' : 'msg_msgseg',
      offset: place,
      size: own,
      allocated,
      slab,
      slabName: `${isFirst && hasBuckets ? 'msg_msg' : 'kmalloc-cg'}-${nameSlab(slab)}`,
    };
  });
}

function nameSlab(size: number): string {
  return size >= 1024 ? `${size / 1024}k` : String(size);
}

/** Bytes of a page, as the kernel tells every process; 0 where it cannot be read. */
function pageSize(): number {
  try {
    const vector = readFileSync('/proc/self/auxv');
    const word = process.arch === 'ia32' || process.arch === 'arm' ? 4 : 8;
    const isLittle = endianness() === 'LE';
    const at = (offset: number) => (isLittle ? vector.readUInt32LE(offset) : vector.readUInt32BE(offset + word - 4));
    for (let offset = 0; offset + 2 * word <= vector.length; offset += 2 * word) {
      if (at(offset) === AT_PAGESZ) return at(offset + word);
    }
  } catch {
    // There is no /proc.
  }
  return 0;
}
