import { existsSync, readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { type LabInstance, labInstance } from '../../wasm/lab.js';
import { readQueueStructs, USUAL_STRUCTS } from './queue-structs.js';

/** What decides how the kernel stores a message of a System V queue, in bytes. */
export interface StorageSizes {
  page: number;
  /** sizeof(struct msg_msg), before the first part. */
  header: number;
  /** sizeof(struct msg_msgseg), before each further part. */
  segment: number;
  /** Whether first parts have slabs of their own (CONFIG_SLAB_BUCKETS, since Linux 6.11). */
  hasBuckets: boolean;
}

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

/** What Linux has on machines of 64 bits, for kernels that do not tell. */
export const USUAL_SIZES: StorageSizes = {
  page: 4096,
  header: USUAL_STRUCTS.msg_msg.size,
  segment: USUAL_STRUCTS.msg_msgseg.size,
  hasBuckets: true,
};

const BUCKET = '/sys/kernel/slab/msg_msg-64';
const AT_PAGESZ = 6;

/** The sizes of the running kernel. */
export function readStorageSizes(structs = readQueueStructs()): StorageSizes {
  return {
    page: pageSize() || USUAL_SIZES.page,
    header: structs.msg_msg.size,
    segment: structs.msg_msgseg.size,
    hasBuckets: existsSync(BUCKET),
  };
}

let lab: LabInstance | undefined;

function exports(): LabInstance['exports'] {
  lab ??= labInstance();
  return lab.exports;
}

/** The slab that an allocation of so many bytes comes from: what it gives, and its name. */
export function slabOf(allocated: number, cache: 'msg_msg' | 'kmalloc-cg'): Pick<StoragePart, 'slab' | 'slabName'> {
  const slab = exports().slabSize(allocated) >>> 0;
  return { slab, slabName: `${cache}-${nameSlab(slab)}` };
}

/** In which allocations a message of `size` bytes is stored (ipc/msgutil.c, alloc_msg), the first part first. */
export function planStorage(size: number, sizes: StorageSizes = USUAL_SIZES): StoragePart[] {
  const { messageParts, messagePartSize } = exports();
  const { page, header, segment, hasBuckets } = sizes;
  let offset = 0;
  return Array.from({ length: messageParts(size, page, header, segment) >>> 0 }, (_, part) => {
    const isFirst = part === 0;
    const own = messagePartSize(size, part, page, header, segment) >>> 0;
    const allocated = own + (isFirst ? header : segment);
    const place = offset;
    offset += own;
    return {
      struct: isFirst ? 'msg_msg' : 'msg_msgseg',
      offset: place,
      size: own,
      allocated,
      ...slabOf(allocated, isFirst && hasBuckets ? 'msg_msg' : 'kmalloc-cg'),
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
