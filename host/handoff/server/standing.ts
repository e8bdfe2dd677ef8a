import type { Socket } from 'node:net';
import { insideOf } from './inside.js';
import type { ServerKind } from './kind.js';
import type { RequestWatch } from './request-watch.js';

/** Why a connection cannot move at all: it stays until it closes. */
export type Bound = 'http2' | 'tls' | 'upgraded';

/** `free` to move with the bytes `begun` of a request; `busy` for now; `bound` to this process; or `gone`. */
export type Standing =
  | { readonly is: 'free'; readonly begun: Buffer; readonly phase: 'new' | 'between' | 'head' }
  | { readonly is: 'busy' }
  | { readonly is: 'gone' }
  | { readonly is: 'bound'; readonly by: Bound };

const BUSY: Standing = { is: 'busy' };
const NOTHING = Buffer.alloc(0);

/** Whether a connection can move now. */
export function standingOf(socket: Socket, kind: ServerKind, watch: RequestWatch | undefined): Standing {
  const inside = insideOf(socket);
  if (socket.destroyed || inside._handle === null) return { is: 'gone' };
  if (kind === 'tls' || kind === 'http2') return { is: 'bound', by: kind };
  const by = readerOf(socket);
  if (by) return { is: 'bound', by };
  // What an application gives to an HTTP server by itself has a parser, too.
  if (kind === 'http' || watch || inside.parser) return standingOfHttp(socket, watch);
  return isFlushed(socket) && isDecoded(socket) ? { is: 'free', begun: NOTHING, phase: 'new' } : BUSY;
}

function standingOfHttp(socket: Socket, watch: RequestWatch | undefined): Standing {
  const { parser, _httpMessage: response } = insideOf(socket);
  // Node frees the parser when a connection is given to a listener of `upgrade` or `connect`.
  if (!parser || parser.incoming?.upgrade) return { is: 'bound', by: 'upgraded' };
  if (response || watch === undefined || !isFlushed(socket) || !isDecoded(socket)) return BUSY;
  const begun = watch.unread();
  const { phase } = watch;
  if (begun === undefined || phase === 'body' || phase === 'unknown') return BUSY;
  return { is: 'free', begun, phase };
}

/** Who reads a connection past its socket: an application may have given it to TLS or HTTP/2 by itself. */
function readerOf(socket: Socket): Bound | undefined {
  const { _handle: handle } = insideOf(socket);
  if (handle && Object.getOwnPropertyDescriptor(handle, 'reading')?.get) return 'tls';
  const isSession = Object.getOwnPropertySymbols(socket).some(({ description }) => description === 'server');
  return isSession ? 'http2' : undefined;
}

/** Whether all that was written has been sent; one that has been ended closes by itself. */
function isFlushed(socket: Socket): boolean {
  const { connecting, writableLength, writableEnded, _handle: handle } = insideOf(socket);
  return !connecting && writableLength === 0 && !writableEnded && (handle?.writeQueueSize ?? 0) === 0;
}

/** After `setEncoding` what is buffered has been decoded, and half a character may be kept. */
function isDecoded(socket: Socket): boolean {
  if (socket.readableEncoding === null) return true;
  return socket.readableLength === 0 && insideOf(socket)._readableState.decoder?.lastNeed === 0;
}
