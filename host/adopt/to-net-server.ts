import type { Server } from 'node:net';
import { checkOptions, optionNames } from '../check/options.js';
import { show } from '../check/show.js';
import { checkBoolean, checkInteger, INT_MAX } from '../check/values.js';
import { invalidArgument } from '../errors/error.js';
import { builtin } from '../runtime/builtin.js';
import { setImmediate } from '../runtime/globals.js';
import { checkNonblocking } from './description.js';
import { type FdHolder, numberOfHolder } from './fd-holder.js';
import { handOver } from './hand-over.js';
import { lookFor, refusal } from './takers.js';

/** How `toNetServer` takes a descriptor. */
export interface ToNetServerOptions<T extends Server = Server> {
  /** Node may set O_NONBLOCK on a blocking socket, which every other process that holds it sees too. */
  nonblocking?: boolean | undefined;
  /** The server that is to listen: one of node:http or node:tls, for instance. Without it a plain net.Server is made. */
  server?: T | undefined;
  /** How many connections may wait to be accepted, 511 unless given: listen(2) is called again, and sets it anew. */
  backlog?: number | undefined;
}

const OPTIONS = optionNames<ToNetServerOptions>({ nonblocking: true, server: true, backlog: true });
/** Node's own. */
const BACKLOG = 511;

/**
 * Makes a net.Server of a listening TCP or Unix stream socket, or has `options.server` listen on it, which closes it
 * from then on: `owned` has been released. It listens when this returns; `listening` is emitted in the next tick. Closing
 * it leaves a socket file where it is. Node drops descriptors that are sent on connections it accepts.
 *
 * Throws, and `owned` is open and the caller's as before: `ERR_UNSUPPORTED` for anything else than such a socket, for
 * one that is blocking unless `nonblocking` allows to change that, and in a worker of node:cluster, where Node would
 * look for the number in the primary process.
 */
export function toNetServer<T extends Server = Server>(owned: FdHolder, options?: ToNetServerOptions<T>): T {
  const fd = numberOfHolder(owned, 'toNetServer');
  const { nonblocking, server, backlog = BACKLOG } = checkOptions(options, OPTIONS, 'toNetServer');
  const isAllowed = checkBoolean(nonblocking, 'nonblocking');
  checkInteger(backlog, 'backlog', 1, INT_MAX);
  if (server !== undefined) checkServer(server);
  checkNonblocking(lookFor('toNetServer', fd), isAllowed);
  if (builtin('cluster').isWorker) {
    throw refusal('toNetServer in a worker of node:cluster: Node would look for the descriptor in the primary process');
  }
  return handOver(owned, fd, (number) => listen((server ?? builtin('net').createServer()) as T, number, backlog));
}

function checkServer(server: Server): void {
  if (typeof server !== 'object' || server === null || typeof server.listen !== 'function') {
    throw invalidArgument(`server must be a net.Server, not ${show(server)}`);
  }
  if (server.listening) throw invalidArgument('the server that is to listen listens already: close it first');
}

/** Node says in the next tick only why a server does not listen; but it is known at once that it does not. */
function listen<T extends Server>(server: T, fd: number, backlog: number): T {
  const ignore = () => undefined;
  server.once('error', ignore);
  try {
    server.listen({ fd }, backlog);
    if (!server.listening) throw refusal('Node does not listen on this descriptor');
    server.removeListener('error', ignore);
    return server;
  } catch (error) {
    setImmediate(() => server.removeListener('error', ignore));
    throw error;
  }
}
