import { SO_PEERCRED, SOL_SOCKET } from '../libc/constants.js';
import { systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import type { Credentials } from './frame.js';

/** sizeof(struct ucred) */
const UCRED = 12;

/**
 * Who is at the other end of a connected Unix stream socket (SO_PEERCRED, unix(7)): the process that called connect(2)
 * or socketpair(2), or for a connecting side the one that called listen(2), with the ids it had then.
 */
export function readPeerCredentials(fd: number): Credentials {
  const { libc, codec, base, scratch } = native();
  codec.view.setUint32(scratch + UCRED, UCRED, true);
  if (libc.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, base + scratch, base + scratch + UCRED) < 0) {
    throw systemError('getsockopt', libc.errno(), 'SO_PEERCRED');
  }
  const { view } = codec;
  return {
    pid: view.getInt32(scratch, true),
    uid: view.getUint32(scratch + 4, true),
    gid: view.getUint32(scratch + 8, true),
  };
}
