import { readFileSync } from 'node:fs';
import { RLIMIT_NOFILE } from '../../../libc/constants.js';
import { systemError } from '../../../libc/errno.js';
import { native } from '../../../libc/native.js';

// include/uapi/asm-generic/resource.h, the same on every architecture that koffi runs on.
const RLIMIT_FSIZE = 1;
const RLIMIT_CORE = 4;
const RLIMIT_AS = 9;

/** What the process may still have, hard and soft: a limit that is lower already stays. */
const NOFILE = 1024;
/** Addresses beyond those that are in use now, in bytes: the heap of Node, and no room for a flood. */
const GROWTH = 4 * 2 ** 30;

/**
 * Lowers the limits of this process for good, also for root: files that are open, none that is written, no core, and
 * memory.
 */
export function boundProcess(): void {
  lower(RLIMIT_NOFILE, NOFILE);
  lower(RLIMIT_FSIZE, 0);
  lower(RLIMIT_CORE, 0);
  lower(RLIMIT_AS, addressesInUse() + GROWTH);
}

function lower(resource: number, most: number): void {
  const { koffi, codec } = native();
  const prlimit = koffi.load(null).func('int prlimit(int, int, uintptr_t, uintptr_t)');
  const base = Number(koffi.address(codec.bytes));
  codec.arena.lend(32, (at) => {
    if (prlimit(0, resource, 0, base + at) < 0) throw systemError('prlimit', koffi.errno());
    const least = (value: bigint) => (value < BigInt(most) ? value : BigInt(most));
    const [soft, hard] = [codec.view.getBigUint64(at, true), codec.view.getBigUint64(at + 8, true)];
    codec.view.setBigUint64(at, least(soft), true);
    codec.view.setBigUint64(at + 8, least(hard), true);
    if (prlimit(0, resource, base + at, 0) < 0) throw systemError('prlimit', koffi.errno());
  });
}

function addressesInUse(): number {
  const kib = /^VmSize:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1];
  return Number(kib ?? 0) * 1024;
}
