import type { Server as HttpServer } from 'node:http';
import type { Server, Socket } from 'node:net';
import { clearTimeout, setTimeout } from '../base.js';
import { type HttpParser, insideOf } from './inside.js';
import { isHttp } from './kind.js';

const REQUEST = Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
/** What Node adds to the announced keepAliveTimeout, in milliseconds, so that the client gives up first. */
const BUFFER_MS = 1000;

/**
 * Has the parser of a connection that has just come stand between two requests, as it did where it came from: a new one
 * would be told 408 when no request comes in time, and `server.close()` would wait for it. It is closed as idle after
 * `keepAliveTimeout`, as any other.
 */
export function expectRequest(server: Server, socket: Socket, parser: HttpParser): void {
  const { onIncoming } = parser;
  // A request that nobody hears of.
  parser.onIncoming = () => 0;
  parser.execute(REQUEST);
  parser.onIncoming = onIncoming;
  parser.incoming = null;
  if (isHttp(server)) closeIdle(server, socket);
}

function closeIdle(server: HttpServer, socket: Socket): void {
  const { keepAliveTimeout, keepAliveTimeoutBuffer = BUFFER_MS } = server as HttpServer & {
    keepAliveTimeoutBuffer?: number;
  };
  if (!(keepAliveTimeout > 0)) return;
  const { bytesRead } = socket;
  const timer = setTimeout(() => {
    const { _httpMessage: response } = insideOf(socket);
    if (!response && socket.bytesRead === bytesRead) socket.destroy();
  }, keepAliveTimeout + keepAliveTimeoutBuffer);
  timer.unref();
  socket.once('close', () => clearTimeout(timer));
}
