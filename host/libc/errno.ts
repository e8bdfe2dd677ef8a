import { getSystemErrorMap } from 'node:util';
import { AncillaryError, type ErrorDetails } from '../errors/error.js';

// The errnos that the code tells apart; the same on every architecture that koffi runs on.
export const EINTR = 4;
export const EAGAIN = 11;
export const EBADF = 9;
export const ESRCH = 3;
export const ENOTTY = 25;
export const ENOPROTOOPT = 92;
export const ENOTCONN = 107;
export const EEXIST = 17;
export const ENOENT = 2;
export const ENOEXEC = 8;
export const EMFILE = 24;
export const ENOTSOCK = 88;
export const EADDRINUSE = 98;
export const EADDRNOTAVAIL = 99;
export const ENETUNREACH = 101;
export const ECONNABORTED = 103;
export const ECONNREFUSED = 111;
export const ETOOMANYREFS = 109;
export const EPERM = 1;
export const EACCES = 13;
export const ENFILE = 23;
export const EINVAL = 22;
export const ENAMETOOLONG = 36;
export const ENOMEM = 12;
export const ENOSYS = 38;
export const EPROTOTYPE = 91;
export const ENOBUFS = 105;
export const EISCONN = 106;
export const EDESTADDRREQ = 89;
export const EMSGSIZE = 90;
export const EOPNOTSUPP = 95;
export const EPIPE = 32;
export const ENODATA = 61;
export const E2BIG = 7;
export const ENOSPC = 28;
export const ENOMSG = 42;
export const EIDRM = 43;

/** Those that libuv has no name for. */
const FURTHER = new Map([
  [ETOOMANYREFS, 'ETOOMANYREFS'],
  [ENOMSG, 'ENOMSG'],
  [EIDRM, 'EIDRM'],
]);

/** The name of an errno; an unknown one is a value, not a failure. */
export function errnoName(errno: number): string {
  return getSystemErrorMap().get(-errno)?.[0] ?? FURTHER.get(errno) ?? `ERRNO_${errno}`;
}

/**
 * The error of a failed system call. `subject` says what it was called on, `advice` what the caller can do:
 * `connect /tmp/x: ENOENT, no such file or directory; start the receiver first`.
 */
export function systemError(
  syscall: string,
  errno: number,
  subject = '',
  advice = '',
  details: ErrorDetails = {},
): AncillaryError {
  const name = errnoName(errno);
  const meaning = getSystemErrorMap().get(-errno)?.[1];
  const what = `${syscall}${subject && ` ${subject}`}: ${name}${meaning ? `, ${meaning}` : ''}`;
  return new AncillaryError(name, advice ? `${what}; ${advice}` : what, { errno, syscall, ...details });
}
