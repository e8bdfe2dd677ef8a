/**
 * A server as people restart it without a hand-off: told to stop, it accepts no more, finishes what it has begun, and
 * ends. It answers and tells what the servers of `ancillary demo handoff` do.
 */
import { createServer } from 'node:http';

/** One request of so many takes up to so many milliseconds, as in host/cli/demo-handoff/server.ts. */
const SLOW_EVERY = 8;
const SLOWEST = 20;
const TELL_EVERY = 50;
/** How long connections that are open may last, in milliseconds. */
const GRACE = 1000;

/** @param {import('node:net').ListenOptions & { fd?: number }} where */
export function serveUntilStopped(where) {
  /** @type {number[]} */
  const numbers = [];
  const tell = (/** @type {object} */ message) => process.connected && process.send?.(message);
  const server = createServer((request, response) => {
    const number = Number(request.url?.slice(1));
    numbers.push(number);
    const answer = () => response.end(`${process.pid} ${number}`);
    if (number % SLOW_EVERY === 0) setTimeout(answer, number % SLOWEST);
    else answer();
  });
  server.keepAliveTimeout = 0;
  const timer = setInterval(() => tell({ kind: 'served', numbers: numbers.splice(0) }), TELL_EVERY);
  server.listen(where, () => {
    const address = server.address();
    tell({ kind: 'accepting', port: typeof address === 'object' ? address?.port : undefined });
  });
  process.once('disconnect', () => process.exit(1));
  process.once('message', () => {
    server.close(() => {
      clearInterval(timer);
      process.removeAllListeners('disconnect');
      process.send?.({ kind: 'served', numbers: numbers.splice(0) }, () => process.disconnect());
    });
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), GRACE).unref();
  });
}
