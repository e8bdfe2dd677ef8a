import { F_GETFD } from '../libc/constants.js';
import { EBADF, systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import type { Origin } from './origin.js';
import { adoptNumber, numberOf, OwnedFd, ownFd, refuseOwned } from './owned-fd.js';

/** The number of a descriptor that is to be adopted, which is open, and nobody's here; it stays whose it is. */
export function openNumber(given: number | OwnedFd): number {
  const isOwned = OwnedFd.isOwnedFd(given);
  const fd = isOwned ? numberOf(given) : given;
  const { libc } = native();
  if (libc.fcntl(fd, F_GETFD, 0) < 0) throw systemError('fcntl', EBADF, '', `descriptor ${fd} is not open`);
  if (!isOwned) refuseOwned(fd);
  return fd;
}

/**
 * Owns what was somebody else's until now, and sets FD_CLOEXEC on it; throws while it still is his. In a worker it gets
 * another number.
 */
export function adoptFd(given: number | OwnedFd, origin: Origin): OwnedFd {
  return OwnedFd.isOwnedFd(given) ? ownFd(given.release(), origin) : adoptNumber(given, origin);
}
