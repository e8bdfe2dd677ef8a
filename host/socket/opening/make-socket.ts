import type { Origin } from '../../fd/origin.js';
import { numberOf, type OwnedFd, ownFd } from '../../fd/owned-fd.js';
import { AF_UNIX, F_SETFL, SOCK_CLOEXEC, SOCK_NONBLOCK } from '../../libc/constants.js';
import { EMFILE, systemError } from '../../libc/errno.js';
import { native } from '../../libc/native.js';

/** A new socket: non-blocking and close-on-exec. */
export function makeSocket(origin: Origin, type: number, domain = AF_UNIX): OwnedFd {
  const { libc } = native();
  const fd = libc.socket(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) {
    const errno = libc.errno();
    throw systemError('socket', errno, '', errno === EMFILE ? 'close some descriptors, or raise ulimit -n' : '');
  }
  return ownFd(fd, origin);
}

/**
 * Takes O_NONBLOCK off a socket that nobody else has yet. What it is connected with may be handed to a program that
 * knows nothing of it, and would fail with EAGAIN; here every send and receive says MSG_DONTWAIT.
 */
export function makeBlocking(fd: OwnedFd): void {
  const { libc } = native();
  if (libc.fcntl(numberOf(fd), F_SETFL, 0) < 0) throw systemError('fcntl', libc.errno(), 'F_SETFL');
}
