import { EMFILE, ENFILE, systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import type { Origin } from './origin.js';
import { type OwnedFd, ownFd } from './owned-fd.js';

/** What helps against an errno, by its number. */
export type Advice = Partial<Record<number, string>>;

const FULL: Advice = {
  [EMFILE]: 'close some descriptors, or raise ulimit -n',
  [ENFILE]: 'the whole system has too many open files',
};

/**
 * The owner of the descriptor that `syscall` has just returned; throws the error of a call that returned -1. To be
 * called right with the result: after the kernel has given a number nothing may come between it and its owner.
 */
export function ownResult(result: number, syscall: string, origin: Origin, subject = '', advice: Advice = {}): OwnedFd {
  if (result >= 0) return ownFd(result, origin);
  throw callError(syscall, subject, advice);
}

/** The error of the call that has just failed. */
export function callError(syscall: string, subject = '', advice: Advice = {}) {
  const errno = native().libc.errno();
  return systemError(syscall, errno, subject, advice[errno] ?? FULL[errno] ?? '');
}
