import { RLIMIT_NOFILE } from '../../../libc/constants.js';
import { systemError } from '../../../libc/errno.js';
import { native } from '../../../libc/native.js';

// include/uapi/asm-generic/resource.h, the same on every architecture that koffi runs on.
const RLIMIT_FSIZE = 1;
const RLIMIT_CORE = 4;

/** What the process may still have, hard and soft: a limit that is lower already stays. */
const NOFILE = 1024;

/**
 * Lowers the limits of this process for good, also for root, below those of every job: files that are open, none that is
 * written, no core.
 */
export function boundProcess(): void {
  lower(RLIMIT_NOFILE, NOFILE);
  lower(RLIMIT_FSIZE, 0);
  lower(RLIMIT_CORE, 0);
}

function lower(resource: number, most: number): void {
  const { koffi, codec } = native();
  const prlimit = koffi.load(null).func('int prlimit(int, int, uintptr_t, uintptr_t)');
  const base = Number(koffi.address(codec.bytes));
  codec.arena.lend(32, (at) => {
    if (prlimit(0, resource, 0, base + at) < 0) throw systemError('prlimit', koffi.errno());
    // struct rlimit: the soft limit, and the hard one.
    const limits = new BigUint64Array(codec.bytes.buffer, at, 2);
    limits.forEach((value, i) => {
      if (value > BigInt(most)) limits[i] = BigInt(most);
    });
    if (prlimit(0, resource, base + at, 0) < 0) throw systemError('prlimit', koffi.errno());
  });
}
