import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AncillaryError } from '../../errors/error.js';
import { handOffServer } from '../../handoff/server/hand-off-server.js';
import { takeOverServer } from '../../handoff/server/take-over-server.js';
import { takeOver } from '../../handoff/take-over.js';
import { now } from '../../runtime/globals.js';
import { tell } from './messages.js';

/**
 * What a server is there for: to be the first; to be that, and be killed once it has moved one batch of connections; to
 * take over; to be killed instead, when nothing is decided yet, or with connections in its hands.
 */
export type Role = 'first' | 'dies-moving' | 'taker' | 'dies-prepared' | 'dies-holding';

const TELL_EVERY = 50;

/** One request of `SLOW_EVERY` takes up to `SLOWEST` milliseconds, so that some are always in the middle. */
const SLOW_EVERY = 8;
const SLOWEST = 20;

/**
 * A server that is the first, or takes the place of the one that offers itself at `path`, and then offers itself there. It
 * answers `/NUMBER` with its pid and the number, and tells each number that has come. Any
 * message ends it.
 */
export async function runServer(path: string, role: Role): Promise<void> {
  if (role === 'dies-holding') return dieHolding(path);
  const numbers: number[] = [];
  const server = makeServer(numbers);
  const flush = () => tell({ kind: 'served', numbers: numbers.splice(0) });
  const timer = setInterval(flush, TELL_EVERY);
  server.once('listening', () => {
    const { port } = server.address() as AddressInfo;
    void tell({ kind: 'accepting', at: now(), port });
  });
  if (role === 'first' || role === 'dies-moving') await listen(server);
  else await take(server, path, role);
  const handing = handOffServer(server, path, {
    onProgress: ({ moved }) => {
      void tell({ kind: 'moved', at: now(), count: moved });
      if (role === 'dies-moving' && moved > 0) killSelf();
    },
    onFailed: ({ message }) =>
      server.getConnections((_, count) => void tell({ kind: 'kept', at: now(), count, reason: message })),
  });
  void tell({ kind: 'offering' });
  const closed = new Promise((resolve) => server.once('close', resolve));
  process.once('message', () => {
    server.close();
    server.closeAllConnections();
  });
  const { moved, staying } = await handing;
  const left = Object.values(staying).reduce((sum, count) => sum + count, 0);
  void tell({ kind: 'handed', at: now(), moved, staying: left });
  await closed;
  clearInterval(timer);
  await flush();
}

function makeServer(numbers: number[]): Server {
  let isFirst = true;
  const server = createServer((request, response) => {
    const number = Number(request.url?.slice(1));
    numbers.push(number);
    const answer = () => response.end(`${process.pid} ${number}`);
    if (number % SLOW_EVERY === 0) setTimeout(answer, number % SLOWEST);
    else answer();
    if (!isFirst) return;
    isFirst = false;
    response.once('finish', () => void tell({ kind: 'first-answer', at: now() }));
  });
  // A server that closes idle connections by itself would reset, now and then, one on which a request is under way.
  server.keepAliveTimeout = 0;
  return server;
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
}

async function take(server: Server, path: string, role: Role): Promise<void> {
  let since = now();
  const taken = await takeOverServer(server, path, {
    prepare: () => {
      if (role === 'dies-prepared') killSelf();
      since = now();
    },
  });
  if (!taken) throw new AncillaryError('ERR_ENDED', `nobody is there to take over from at ${path}`);
  const { moved, failed, lost } = taken;
  void tell({ kind: 'taken', at: now(), since, moved, failed, lost });
}

/** Has confirmed the listening socket, and not the connections that it holds, when it is killed. */
async function dieHolding(path: string): Promise<void> {
  await takeOver(path, {
    accept: ({ kind }) => {
      if (kind === 'connection') killSelf();
      return true;
    },
  });
  throw new AncillaryError('ERR_ENDED', 'there was no connection to be killed with');
}

function killSelf(): void {
  process.kill(process.pid, 'SIGKILL');
}
