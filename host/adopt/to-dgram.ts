import type { Socket } from 'node:dgram';
import { checkOptions, optionNames } from '../check/options.js';
import { checkBoolean } from '../check/values.js';
import { datagramState } from '../fd/sendable.js';
import { AF_INET6 } from '../libc/constants.js';
import { builtin } from '../runtime/builtin.js';
import { checkNonblocking } from './description.js';
import { type FdHolder, numberOfHolder } from './fd-holder.js';
import { handOver } from './hand-over.js';
import { isConnected } from './look.js';
import { lookFor, refusal } from './takers.js';

/** How `toDgram` takes a descriptor. */
export interface ToDgramOptions {
  /** Node may set O_NONBLOCK on a blocking socket, which every other process that holds it sees too. */
  nonblocking?: boolean | undefined;
}

const OPTIONS = optionNames<ToDgramOptions>({ nonblocking: true });

/** CONNECT_STATE_CONNECTED of node:dgram. */
const CONNECTED = 2;

/**
 * Makes a dgram.Socket of a UDP socket (udp4 or udp6, as it is), which is the dgram.Socket's from then on: `owned` has
 * been released. It is bound and receives when this returns, and connected if it was; `listening` is emitted in the next
 * tick.
 *
 * Throws `ERR_UNSUPPORTED`, and `owned` is open and the caller's as before, for anything else than a UDP socket, and for
 * one that is blocking unless `nonblocking` allows to change that.
 */
export function toDgram(owned: FdHolder, options?: ToDgramOptions): Socket {
  const fd = numberOfHolder(owned, 'toDgram');
  const { nonblocking } = checkOptions(options, OPTIONS, 'toDgram');
  const isAllowed = checkBoolean(nonblocking, 'nonblocking');
  const look = lookFor('toDgram', fd);
  checkNonblocking(look, isAllowed);
  const isToConnect = isConnected(fd);
  return handOver(owned, fd, (number) => {
    const socket = builtin('dgram').createSocket(look.family === AF_INET6 ? 'udp6' : 'udp4');
    try {
      if (isToConnect) markConnected(socket);
      // Exclusive: a worker of node:cluster would look for the number in the primary process.
      socket.bind({ fd: number, exclusive: true });
      return socket;
    } catch (error) {
      socket.close();
      throw error;
    }
  });
}

/** Node asks no socket whether it is connected, and could neither send on it with an address nor without. */
function markConnected(socket: Socket): void {
  const state = datagramState(socket);
  if (!state || !('connectState' in state)) throw refusal('this version of Node takes no connected UDP socket');
  state.connectState = CONNECTED;
}
