import type { Socket } from 'node:dgram';
import { show } from '../check/show.js';
import { AncillaryError, invalidArgument } from '../errors/error.js';
import { originOf } from '../fd/origin.js';
import { duplicateFd, type OwnedFd } from '../fd/owned-fd.js';
import { datagramState, numberOfSendable } from '../fd/sendable.js';
import { reserveStack } from '../runtime/stack.js';

/**
 * Takes the UDP socket out of a dgram.Socket, which is closed. Datagrams that nobody has received stay in line; address,
 * connection and memberships stay. It is non-blocking, as Node had it.
 *
 * Throws, and the dgram.Socket is as before: `ERR_CLOSED` for one that is closed or not bound yet; `ERR_BUSY` while
 * something has not been sent (wait for the callback of `send`).
 */
export function fromDgram(socket: Socket): OwnedFd {
  const state = typeof socket === 'object' && socket !== null ? datagramState(socket) : undefined;
  if (!state) throw invalidArgument(`fromDgram takes a dgram.Socket, not ${show(socket)}`);
  const number = numberOfSendable(socket);
  if ((state.queue?.length ?? 0) > 0 || socket.getSendQueueCount() > 0) {
    throw new AncillaryError('ERR_BUSY', 'this datagram socket has not sent all: wait for the callback of send');
  }
  reserveStack('plenty');
  const fd = duplicateFd(number, originOf('taken out of a dgram.Socket', fromDgram));
  try {
    socket.close();
    return fd;
  } catch (error) {
    fd[Symbol.dispose]();
    throw error;
  }
}
