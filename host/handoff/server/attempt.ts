import type { Server } from 'node:net';
import type { AncillaryError, BindAddress, UnixSeqpacket } from '../base.js';
import { call } from '../call.js';
import { asError } from '../errors.js';
import { offer } from '../offer.js';
import type { OfferResult } from '../types.js';
import { Accepting } from './accepting.js';
import type { Connections } from './connections.js';
import { Movable, type MovableConnection } from './movable.js';
import type { HandOffServerOptions, HandOffServerResult, Staying } from './types.js';

/** What the listening socket of a server is called on its way. */
const LISTENER = 'server';

export type AttemptOptions = HandOffServerOptions & { readonly drain: number };

/** How one attempt has ended: with a result, or with why all goes on here. `isOver`: no taker came, and none will. */
export interface Attempt {
  readonly result?: HandOffServerResult;
  readonly error?: AncillaryError;
  readonly isOver?: boolean;
}

/** Offers a server once. Unless it has a result, the server accepts and serves as before when this resolves. */
export async function attempt(
  server: Server,
  where: BindAddress | UnixSeqpacket,
  connections: Connections,
  options: AttemptOptions,
): Promise<Attempt> {
  const { drain, prepare, stateOf, state, onProgress, onFailed: _, signal, ...rest } = options;
  const accepting = new Accepting(server);
  let movable: Movable | undefined;
  let hasCome = false;
  let moved = 0;
  let refused = 0;
  const staying = (): Staying => ({ ...(movable?.staying ?? NONE), refused });
  const closed = new AbortController();
  const onClose = () => closed.abort();
  server.once('close', onClose);
  let ended: OfferResult;
  try {
    ended = await offer(where, {
      ...rest,
      signal: signal ? AbortSignal.any([signal, closed.signal]) : closed.signal,
      state: () => {
        hasCome = true;
        return typeof state === 'function' ? state() : state;
      },
      total: () => moved + (movable ? connections.size - movable.bound : connections.countMovable()),
      listeners: { [LISTENER]: accepting },
      connections: () => {
        accepting.stop();
        movable = new Movable(connections, { drain, prepare, stateOf });
        return movable;
      },
      onMoved: (connection) => {
        moved++;
        (connection as MovableConnection).transit.leave();
      },
      onKept: (connection) => {
        refused++;
        (connection as MovableConnection).transit.resume();
      },
      onProgress: () => call(onProgress, { moved, total: moved + connections.size, staying: staying() }),
    });
  } catch (error) {
    accepting.resume();
    if (closed.signal.aborted) return { result: { isHandedOver: false, moved, staying: staying() } };
    return { error: asError(error), isOver: !hasCome };
  } finally {
    server.removeListener('close', onClose);
  }
  if (ended.keptListeners.includes(LISTENER)) {
    accepting.resume();
    return { error: ended.error as AncillaryError };
  }
  accepting.finish();
  return { result: { isHandedOver: true, moved, staying: staying() } };
}

const NONE = { busy: 0, unprepared: 0, upgraded: 0, tls: 0, http2: 0 };
