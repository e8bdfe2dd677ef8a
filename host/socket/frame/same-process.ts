import { readFileSync } from 'node:fs';
import { numberOf, type OwnedFd } from '../../fd/owned-fd.js';

/** Whether two pidfds are known to be of one process; of those that have ended it cannot be told, nor without /proc. */
export function isSameProcess(a: OwnedFd, b: OwnedFd): boolean {
  const pid = pidOf(a);
  return pid > 0 && pid === pidOf(b);
}

/** While a pidfd is open and says its pid, no other process can have that (proc_pid_fdinfo(5)). */
function pidOf(pidfd: OwnedFd): number {
  try {
    const [, pid] = /^Pid:\s+(-?\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${numberOf(pidfd)}`, 'latin1')) ?? [];
    return Number(pid ?? 0);
  } catch {
    return 0;
  }
}
