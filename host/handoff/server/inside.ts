import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server, Socket } from 'node:net';

/*
 * What is used of Node's servers and sockets that is no public part of them, in one place. It is the same in Node 20 to
 * 26; where any of it is missing, a connection is not understood, and stays where it is.
 */

/** The handle of a connection. */
export interface ConnectionHandle {
  reading?: boolean;
  readonly writeQueueSize?: number;
  readStart(): number;
  readStop(): number;
}

/** Node's HTTP parser (lib/_http_common.js); callbacks of C++ are kept under numbers, which its class names. */
export interface HttpParser {
  readonly constructor: HttpParserClass;
  incoming: (IncomingMessage & { readonly upgrade?: boolean }) | null;
  /** Called with each request when its head is complete. */
  onIncoming: ((request: IncomingMessage, ...more: unknown[]) => unknown) | null;
  /** It reads past the socket. */
  readonly _consumed?: boolean;
  /** What has been read last; within the callback of `kOnExecute` only. */
  getCurrentBuffer(): Buffer;
  initialize(type: number, resource: object, maxHeaderSize: number, lenient: number): void;
  execute(bytes: Uint8Array): number | Error;
  close(): void;
  [callback: number]: ((...args: unknown[]) => unknown) | null | undefined;
}

export interface HttpParserClass {
  new (): HttpParser;
  readonly REQUEST: number;
  readonly kOnMessageBegin: number;
  readonly kOnExecute: number;
  readonly kLenientAll?: number;
}

export interface SocketInside {
  readonly _handle: ConnectionHandle | null;
  connecting: boolean;
  /** The server that counts it. */
  _server: Server | null;
  server: Server | null;
  readonly parser?: HttpParser | null;
  /** The response that is being written. */
  readonly _httpMessage?: ServerResponse | null;
  readonly _readableState: { readonly decoder?: { readonly lastNeed?: number } | null };
}

export interface ServerHandle {
  close(): void;
  getsockname?(out: object): number;
  ref?(): void;
  unref?(): void;
}

export interface ServerInside {
  _handle: ServerHandle | null;
  _connections: number;
  /** What it listens at, or has listened at last. */
  readonly _connectionKey?: string;
  readonly allowHalfOpen?: boolean;
  readonly pauseOnConnect?: boolean;
}

export function insideOf(socket: Socket): Socket & SocketInside {
  return socket as Socket & SocketInside;
}

export function insideOfServer(server: Server): Server & ServerInside {
  return server as unknown as Server & ServerInside;
}

/** Sockets that exist already: `server` has accepted them, or something has given them to it. */
export function socketsOf(server: Server): Socket[] {
  const { _getActiveHandles: list } = process as unknown as { _getActiveHandles?: () => unknown[] };
  const handles = (list?.call(process) ?? []) as (Partial<SocketInside> | null)[];
  return handles.filter((each) => each?.server === server || each?._server === server) as unknown as Socket[];
}

/** Parsers that stand between two requests, where this Node tells. */
export function idleParsersOf(server: Server): readonly HttpParser[] {
  const key = Object.getOwnPropertySymbols(server).find(({ description }) => description === 'http.server.connections');
  const list = key && (server as unknown as Record<symbol, { idle?: () => HttpParser[] } | undefined>)[key];
  return list?.idle?.() ?? [];
}
