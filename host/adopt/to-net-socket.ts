import type { Socket } from 'node:net';
import { checkOptions, optionNames } from '../check/options.js';
import { checkBoolean } from '../check/values.js';
import { AF_UNIX } from '../libc/constants.js';
import { builtin } from '../runtime/builtin.js';
import { checkNonblocking } from './description.js';
import { type FdHolder, numberOfHolder } from './fd-holder.js';
import { handOver } from './hand-over.js';
import { withoutDescriptors } from './queued.js';
import { lookFor } from './takers.js';

/** How `toNetSocket` takes a descriptor. */
export interface ToNetSocketOptions {
  /** Node may set O_NONBLOCK on a blocking socket, which every other process that holds it sees too. */
  nonblocking?: boolean | undefined;
  /** As `allowHalfOpen` of `new net.Socket`. */
  allowHalfOpen?: boolean | undefined;
}

const OPTIONS = optionNames<ToNetSocketOptions>({ nonblocking: true, allowHalfOpen: true });

/**
 * Makes a net.Socket of a connected TCP or Unix stream socket, which is the net.Socket's from then on: `owned` has been
 * released. It begins to read at once, as every net.Socket.
 *
 * Throws, and `owned` is open and the caller's as before: `ERR_UNSUPPORTED` for anything else than such a socket, and
 * for one that is blocking unless `nonblocking` allows to change that; `ERR_BUSY` for a Unix socket on which descriptors
 * are queued, since Node would drop them. A peer that sends descriptors later is refused them (EPERM) since Linux 6.16;
 * on older kernels Node drops them unseen.
 */
export function toNetSocket(owned: FdHolder, options?: ToNetSocketOptions): Socket {
  const fd = numberOfHolder(owned, 'toNetSocket');
  const { nonblocking, allowHalfOpen } = checkOptions(options, OPTIONS, 'toNetSocket');
  const isAllowed = checkBoolean(nonblocking, 'nonblocking');
  const settings = { readable: true, writable: true, allowHalfOpen: checkBoolean(allowHalfOpen, 'allowHalfOpen') };
  const look = lookFor('toNetSocket', fd);
  checkNonblocking(look, isAllowed);
  const { Socket } = builtin('net');
  const adopt = () => handOver(owned, fd, (number) => new Socket({ ...settings, fd: number }));
  return look.family === AF_UNIX ? withoutDescriptors(fd, adopt) : adopt();
}
