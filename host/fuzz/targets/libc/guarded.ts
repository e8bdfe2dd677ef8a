import { systemError } from '../../../libc/errno.js';
import type { Koffi } from '../../../libc/load.js';
import { native } from '../../../libc/native.js';

// include/uapi/asm-generic/mman-common.h, the same on every architecture that koffi runs on.
const PROT_NONE = 0;
const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_PRIVATE = 0x02;
const MAP_ANONYMOUS = 0x20;
const MAP_FAILED = 2n ** 64n - 1n;

/**
 * Memory between two pages that nobody may touch: who reads or writes one byte too far is killed by SIGSEGV.
 *
 *   base - page   base                                    base + size   base + size + page
 *   | PROT_NONE   | bytes                                  | PROT_NONE   |
 */
export interface GuardedMemory {
  /** Native address of the first byte. */
  readonly base: number;
  readonly bytes: Uint8Array;
  close(): void;
}

/** Maps `least` bytes or somewhat more, up to a whole page. */
export function mapGuarded(least: number): GuardedMemory {
  const { koffi } = native();
  const { mmap, mprotect, munmap, getpagesize } = bind(koffi);
  const page = getpagesize();
  const size = Math.ceil(least / page) * page;
  const whole = size + 2 * page;
  const start = BigInt(mmap(0, whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  if (BigInt.asUintN(64, start) === MAP_FAILED) throw systemError('mmap', koffi.errno(), `of ${whole} bytes`);
  const base = Number(start) + page;
  if (mprotect(base, size, PROT_READ | PROT_WRITE) < 0) {
    const error = systemError('mprotect', koffi.errno(), `of ${size} bytes`);
    munmap(base - page, whole);
    throw error;
  }
  return {
    base,
    bytes: new Uint8Array(koffi.view(BigInt(base), size)),
    close: () => void munmap(base - page, whole),
  };
}

function bind(koffi: Koffi) {
  const library = koffi.load(null);
  return {
    mmap: library.func('intptr_t mmap(uintptr_t, size_t, int, int, int, long)'),
    mprotect: library.func('int mprotect(uintptr_t, size_t, int)'),
    munmap: library.func('int munmap(uintptr_t, size_t)'),
    getpagesize: library.func('int getpagesize()'),
  };
}
