import { F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, FD_CLOEXEC } from '../libc/constants.js';
import { EBADF, EMFILE, systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import type { Origin } from './origin.js';
import { numberOf, OwnedFd, ownFd } from './owned-fd.js';
import { closeInWorker, isWorker } from './worker-descriptors.js';

/** The number of a descriptor that is to be adopted, which is open; it stays whose it is. */
export function openNumber(given: number | OwnedFd): number {
  const fd = OwnedFd.isOwnedFd(given) ? numberOf(given) : given;
  const { libc } = native();
  if (libc.fcntl(fd, F_GETFD, 0) < 0) throw systemError('fcntl', EBADF, '', `descriptor ${fd} is not open`);
  return fd;
}

/**
 * Owns what was somebody else's until now, and sets FD_CLOEXEC on it; throws while it still is his. In a worker it gets
 * another number.
 */
export function adoptFd(given: number | OwnedFd, origin: Origin): OwnedFd {
  const { libc } = native();
  if (OwnedFd.isOwnedFd(given)) return ownFd(given.release(), origin);
  if (!isWorker) {
    if (libc.fcntl(given, F_SETFD, FD_CLOEXEC) < 0) throw systemError('fcntl', libc.errno(), 'F_SETFD');
    return ownFd(given, origin);
  }
  // Node may know the number, and would close it again at the worker's end, whomever it belongs to by then.
  const copy = libc.fcntl(given, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) {
    const errno = libc.errno();
    throw systemError('fcntl', errno, `of descriptor ${given}`, errno === EMFILE ? 'close some descriptors' : '');
  }
  const owned = ownFd(copy, origin);
  closeInWorker(given);
  return owned;
}
