import { checkInteger, INT_MAX } from '../check/values.js';
import { EINVAL, ENOSYS, ESRCH } from '../libc/errno.js';
import { native } from '../libc/native.js';
import { reserveStack } from '../runtime/stack.js';
import { ownResult } from './give.js';
import { originOf } from './origin.js';
import type { OwnedFd } from './owned-fd.js';

const ADVICE = {
  [ESRCH]: 'there is no such process',
  [EINVAL]: 'that is the id of a thread, not of a process',
  [ENOSYS]: 'it needs Linux 5.3',
};

/**
 * A descriptor that stands for the process `pid` (pidfd_open(2)) and never for another one, even when the number is
 * used again. Close-on-exec. Throws `ESRCH` where there is no such process. Whether it still is the process that was
 * meant is known only of a child that nobody has waited for, or by looking at it after this call.
 */
export function pidfd(pid: number): OwnedFd {
  checkInteger(pid, 'pid', 1, INT_MAX);
  const { libc } = native();
  const origin = originOf(`made by pidfd of process ${pid}`, pidfd);
  reserveStack();
  return ownResult(libc.pidfd_open(pid, 0), 'pidfd_open', origin, `of process ${pid}`, ADVICE);
}
