/** What a job is held to, whatever its target does. */
import { constants } from 'node:os';
import { loadKoffi } from '../../libc/load.js';

// include/uapi/linux/prctl.h, include/uapi/asm-generic/resource.h
const PR_SET_PDEATHSIG = 1;
const RLIMIT_FSIZE = 1;
const RLIMIT_DATA = 2;
const RLIMIT_CORE = 4;
const RLIMIT_NOFILE = 7;

/**
 * Address space is not limited: a WebAssembly memory reserves 10 GiB of it. What a process can write to is, which is
 * what a machine runs out of.
 */
const LIMITS: readonly (readonly [resource: number, most: bigint])[] = [
  [RLIMIT_CORE, 0n],
  [RLIMIT_NOFILE, 4096n],
  [RLIMIT_FSIZE, 1n << 30n],
  [RLIMIT_DATA, 4n << 30n],
];

/** Has this process end with its parent, however that ends, and sets its limits. */
export function bindToParent(): void {
  const library = loadKoffi().load(null);
  const prctl = library.func('int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)');
  prctl(PR_SET_PDEATHSIG, constants.signals.SIGKILL, 0, 0, 0);
  // It may have ended before. Its number tells nothing: of a process in a namespace of its own it is 0.
  if (!process.connected) process.exit(1);
  const setrlimit = library.func('int setrlimit(int, const uint64_t *)');
  const getrlimit = library.func('int getrlimit(int, _Out_ uint64_t *)');
  for (const [resource, most] of LIMITS) {
    const limits = new BigUint64Array(2);
    getrlimit(resource, limits);
    const [, hard = 0n] = limits;
    // RLIM_INFINITY is the greatest number.
    const bound = hard < most ? hard : most;
    setrlimit(resource, BigUint64Array.of(bound, resource === RLIMIT_CORE ? 0n : hard));
  }
}
