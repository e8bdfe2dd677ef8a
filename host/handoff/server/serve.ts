import type { Server, Socket } from 'node:net';
import { toNetSocket } from '../base.js';
import type { Taken } from '../types.js';
import type { Connections } from './connections.js';
import { insideOf, insideOfServer } from './inside.js';
import type { Phase } from './request-watch.js';

/** Where the connection stood, as the old process has called it; one of somebody else's is as a new one. */
const PHASES: Readonly<Record<string, Phase>> = { new: 'new', between: 'between', head: 'new' };

/**
 * Gives a connection to the server as its own `onconnection` does with one that it has accepted (lib/net.js). What
 * `restore` or a listener throws closes it, and is thrown.
 */
export function serve(
  connections: Connections,
  server: Server,
  { fd, unread, name, state }: Taken,
  restore: ((socket: Socket, state: unknown) => void) | undefined,
): void {
  const inside = insideOfServer(server);
  const socket = insideOf(toNetSocket(fd, { nonblocking: true, allowHalfOpen: inside.allowHalfOpen === true }));
  if (inside.pauseOnConnect) socket.pause();
  if (unread.byteLength > 0) socket.unshift(unread);
  inside._connections++;
  socket.server = server;
  socket._server = server;
  try {
    restore?.(socket, state);
    connections.arrive(socket, { phase: PHASES[name] ?? 'new', unread });
  } catch (error) {
    // Nobody serves it; the server counts it no more when it has closed.
    socket.destroy();
    throw error;
  }
}
