import { MSG_DONTWAIT, MSG_PEEK } from '../../libc/constants.js';
import { EAGAIN, EINTR, systemError } from '../../libc/errno.js';
import { native } from '../../libc/native.js';
import { NOT_YET } from '../../reactor/wait.js';

/**
 * Looks at the bytes that come next: copies of them are in `into` then, and they stay where they are. Returns how many;
 * 0 at the end of a stream. It asks for no control messages, so that no descriptor is made (recv(2)); and it sees no
 * further than the first bytes that carry descriptors. `into` has memory of its own, which does not move.
 */
export function peekInto(fd: number, into: Uint8Array): number | typeof NOT_YET {
  const { libc, koffi } = native();
  for (;;) {
    const count = libc.recv(fd, Number(koffi.address(into)), into.length, MSG_PEEK | MSG_DONTWAIT);
    if (count >= 0) return count;
    const errno = libc.errno();
    if (errno === EAGAIN) return NOT_YET;
    if (errno !== EINTR) throw systemError('recv', errno, `on descriptor ${fd}`);
  }
}
