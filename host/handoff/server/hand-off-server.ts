import type { Server } from 'node:net';
import {
  AncillaryError,
  type BindAddress,
  checkFunction,
  checkOptions,
  invalidArgument,
  limit,
  now,
  optionNames,
  show,
  UnixSeqpacket,
} from '../base.js';
import { call } from '../call.js';
import { attempt } from './attempt.js';
import { connectionsOf } from './connections.js';
import { hasGivenBack } from './give-back.js';
import { kindOfServer } from './kind.js';
import type { HandOffServerOptions, HandOffServerResult } from './types.js';
import { untilListening } from './until-listening.js';

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

/** How often an address is tried that somebody else offers at, in milliseconds. */
const TRY_EVERY = 250;

/** How it ends where nothing is left that could be offered. */
const NOT_HANDED_OVER: HandOffServerResult = {
  isHandedOver: false,
  moved: 0,
  staying: { busy: 0, unprepared: 0, refused: 0, upgraded: 0, tls: 0, http2: 0 },
};

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
 * address the next one is waited for. Where another process offers at the address, it is tried again until that is over, or
 * for `waitFor`; `onFailed` is told once. Resolves with `isHandedOver: false` for a server that is closed meanwhile, and for
 * one that has given its listening socket back (`takeOverServer`). Rejects otherwise, and where `offer` does, with its codes;
 * all goes on then as well. Throws `ERR_INVALID_ARGUMENT`, `ERR_BUSY` where the server is offered already, `ERR_CLOSED`
 * where it has been closed, what keeps it from listening, `ERR_UNSUPPORTED` in a worker of node:cluster.
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
  const { stateOf, prepare, onProgress, onFailed, signal } = checked;
  for (const [name, each] of Object.entries({ stateOf, prepare, onProgress, onFailed })) {
    if (each !== undefined) checkFunction(each, name);
  }
  if (offered.has(server)) throw new AncillaryError('ERR_BUSY', 'this server is being offered already');
  offered.add(server);
  try {
    const connections = connectionsOf(server, kind);
    if (hasGivenBack(server)) {
      if (where instanceof UnixSeqpacket && !where.closed) where.closeSync();
      return NOT_HANDED_OVER;
    }
    // Without a tick between where it listens: it is looked at before it can be closed.
    if (!server.listening) await untilListening(server, signal);
    const end = now() + (checked.waitFor ?? Infinity);
    let isTold = false;
    for (;;) {
      const { result, error, isOver } = await attempt(server, where, connections, { ...checked, drain });
      if (result) return result;
      if (where instanceof UnixSeqpacket || signal?.aborted) throw error;
      const isTaken = isOver === true && error?.code === 'EADDRINUSE' && now() < end;
      if (isOver && !isTaken) throw error;
      if (error && !isTold) call(onFailed, error);
      isTold = isTaken;
      if (isTaken) await pause(signal);
      if (!server.listening) return NOT_HANDED_OVER;
    }
  } finally {
    offered.delete(server);
  }
}

/** Until the address is worth another try, or the signal aborts. */
function pause(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => limit({ signal, timeout: TRY_EVERY }, 'the pause', () => resolve()));
}
