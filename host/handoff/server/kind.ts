import type { Server as HttpServer } from 'node:http';
import type { Server } from 'node:net';
import { builtin, invalidArgument, show } from '../base.js';

/** What a server speaks, as far as that decides what can become of its connections. */
export type ServerKind = 'http' | 'http2' | 'net' | 'tls';

/** Says what `server` is; throws `ERR_INVALID_ARGUMENT` for what is none of Node's servers. */
export function kindOfServer(server: Server, api: string): ServerKind {
  if (!(server instanceof builtin('net').Server)) {
    throw invalidArgument(`${api} takes a net.Server, or one of node:http or node:https, not ${show(server)}`);
  }
  // HTTP/2 with TLS is both.
  if ('updateSettings' in server) return 'http2';
  if ('setSecureContext' in server) return 'tls';
  return isHttp(server) ? 'http' : 'net';
}

export function isHttp(server: Server): server is HttpServer {
  return 'keepAliveTimeout' in server && 'headersTimeout' in server;
}
