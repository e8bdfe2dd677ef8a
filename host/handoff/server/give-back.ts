import type { Server } from 'node:net';
import { endAccepting } from './accepting.js';

const all = new WeakSet<Server>();

/**
 * The old process accepts again, on the same listening socket: this server, which had taken it over, accepts no more, and
 * serves the connections that it has until they close. It emits `close` then.
 */
export function giveBack(server: Server): void {
  all.add(server);
  endAccepting(server);
}

/** Whether the server has given its listening socket back, and does not listen again. */
export function hasGivenBack(server: Server): boolean {
  return all.has(server) && !server.listening;
}
