import type { Origin } from '../../fd/origin.js';
import { type OwnedFd, ownFd } from '../../fd/owned-fd.js';
import { AF_UNIX, SOCK_CLOEXEC } from '../../libc/constants.js';
import { systemError } from '../../libc/errno.js';
import { native } from '../../libc/native.js';
import { reserveStack } from '../../runtime/stack.js';

/**
 * Two connected Unix sockets of a type. Without O_NONBLOCK, which one that is passed on would keep: every call here asks for
 * MSG_DONTWAIT itself.
 */
export function makePair(origin: Origin, type: number, flags = 0): [OwnedFd, OwnedFd] {
  const { libc, codec, base, scratch } = native();
  reserveStack();
  if (libc.socketpair(AF_UNIX, type | SOCK_CLOEXEC | flags, 0, base + scratch) < 0) {
    throw systemError('socketpair', libc.errno(), '', 'close some descriptors');
  }
  const numbers = [codec.view.getInt32(scratch, true), codec.view.getInt32(scratch + 4, true)] as const;
  // From here on they are asked for their numbers: in a worker these are others.
  return [ownFd(numbers[0], origin), ownFd(numbers[1], origin)];
}
