import type { Origin } from '../../fd/origin.js';
import { type OwnedFd, ownFd } from '../../fd/owned-fd.js';
import { SOCK_CLOEXEC } from '../../libc/constants.js';
import { EAGAIN, ECONNABORTED, EINTR, EMFILE, ENFILE, ENOBUFS, ENOMEM, systemError } from '../../libc/errno.js';
import { native } from '../../libc/native.js';
import { NOT_YET } from '../../reactor/wait.js';
import { reserveStack } from '../../runtime/stack.js';
import type { Rest } from './rest.js';

/** What time may mend, while epoll says all along that a connection waits. */
const SHORTAGES = [EMFILE, ENFILE, ENOBUFS, ENOMEM];

/** A waiting connection of the listener `fd`, if there is one; failing for want of something, it begins a rest. */
export function acceptFrom(fd: number, label: string, origin: Origin, rest: Rest): OwnedFd | typeof NOT_YET {
  const { libc } = native();
  reserveStack();
  while (true) {
    // Without SOCK_NONBLOCK: see makeBlocking.
    const connection = libc.accept4(fd, 0, 0, SOCK_CLOEXEC);
    if (connection >= 0) return ownFd(connection, origin);
    const errno = libc.errno();
    if (errno === EAGAIN) return NOT_YET;
    if (errno === EINTR || errno === ECONNABORTED) continue;
    const isShortage = SHORTAGES.includes(errno);
    if (isShortage) rest.begin();
    const advice = errno === EMFILE ? 'close some descriptors, or raise ulimit -n; ' : '';
    throw systemError('accept4', errno, `at ${label}`, isShortage ? `${advice}the connection is still waiting` : '');
  }
}
