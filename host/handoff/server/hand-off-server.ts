import type { Server } from 'node:net';
import {
  AncillaryError,
  type BindAddress,
  checkFunction,
  checkOptions,
  invalidArgument,
  optionNames,
  show,
  UnixSeqpacket,
} from '../base.js';
import { call } from '../call.js';
import { attempt } from './attempt.js';
import { connectionsOf } from './connections.js';
import { kindOfServer } from './kind.js';
import type { HandOffServerOptions, HandOffServerResult } from './types.js';

const OPTIONS = optionNames<HandOffServerOptions>({
  requirePeer: true,
  timeout: true,
  signal: true,
  maxState: true,
  state: true,
  stateOf: true,
  prepare: true,
  drain: true,
  waitFor: true,
  mode: true,
  onProgress: true,
  onFailed: true,
});

/** How long busy connections are waited for unless said otherwise, in milliseconds. */
const DRAIN_MS = 30_000;

/** Servers that are being offered. */
const offered = new WeakSet<Server>();

/**
 * Offers a server of Node's, its listening socket and its connections, to the process that calls `takeOverServer`, and
 * serves on until that is there. `where` is an address to listen at until one has come, or a connected UnixSeqpacket,
 * which is closed in the end. Called early, best before the server listens: from then on the bytes of a request that has
 * come in part are kept, and travel with its connection.
 *
 * An HTTP connection moves between two requests, or within the head of one; what is in the middle of a request is
 * finished here first, then moves. A connection of a net.Server moves when all that was written to it has been sent, with
 * the bytes that nobody has read. TLS and HTTP/2, and what was given to a listener of `upgrade` or `connect`, stay here
 * until they close, and are counted in `staying`.
 *
 * Resolves when the other process has all that can move: this one accepts no more, the server emits `close` when what
 * has stayed has closed, and nothing keeps the process. A taker that fails costs nothing: all goes on here, and at an
 * address the next one is waited for. Rejects otherwise, and where `offer` does, with its codes; all goes on then as
 * well. Throws `ERR_INVALID_ARGUMENT`, `ERR_BUSY` where the server is offered already, `ERR_CLOSED` where it does not
 * listen, `ERR_UNSUPPORTED` in a worker of node:cluster.
 */
export async function handOffServer(
  server: Server,
  where: BindAddress | UnixSeqpacket,
  options?: HandOffServerOptions,
): Promise<HandOffServerResult> {
  const kind = kindOfServer(server, 'handOffServer');
  const { drain = DRAIN_MS, ...checked } = checkOptions(options, OPTIONS, 'handOffServer');
  if (typeof drain !== 'number' || !(drain >= 0)) {
    throw invalidArgument(`drain must be a number of milliseconds of at least 0, not ${show(drain)}`);
  }
  const { stateOf, prepare, onProgress, onFailed } = checked;
  for (const [name, each] of Object.entries({ stateOf, prepare, onProgress, onFailed })) {
    if (each !== undefined) checkFunction(each, name);
  }
  if (offered.has(server)) throw new AncillaryError('ERR_BUSY', 'this server is being offered already');
  offered.add(server);
  try {
    const connections = connectionsOf(server, kind);
    for (;;) {
      const { result, error, isOver } = await attempt(server, where, connections, { ...checked, drain });
      if (result) return result;
      if (isOver || where instanceof UnixSeqpacket || checked.signal?.aborted) throw error;
      if (error) call(onFailed, error);
    }
  } finally {
    offered.delete(server);
  }
}
