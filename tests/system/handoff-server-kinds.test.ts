/** Servers and connections of other kinds: what moves, what stays and is told, and what the application has a say in. */
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { connect, createServer, type Server, Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls, createServer as createTlsServer, TLSSocket } from 'node:tls';
import { memfd, UnixListener, UnixSeqpacketListener } from 'ancillary';
import {
  type HandOffServerOptions,
  type HandOffServerProgress,
  type HandOffServerResult,
  handOffServer,
  type OfferResult,
  offer,
  type Staying,
  type TakeOverServerOptions,
  type TakeOverServerResult,
  takeOverServer,
} from 'ancillary/handoff';
import * as assert from 'uvu/assert';
import { checkRoom } from '../../host/handoff/room.js';
import { encodeCounts } from '../../host/handoff/wire/answers.js';
import { GOODBYE } from '../../host/handoff/wire/constants.js';
import { openFds } from '../support/descriptors.js';
import { channel, leakTests, PlayedTaker } from '../support/handoff.js';
import { answerOf, BIG, Client, Gate, listen, makeServer } from '../support/http-dialogue.js';
import { limitFiles } from '../support/native.js';
import { until } from '../support/process.js';
import { suite, thrownBy } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('handoff-server-kinds');
const test = leakTests(t);
// libuv opens a descriptor in reserve when it listens first.
t.before(async () => {
  const server = createServer();
  await listen(server);
  await new Promise((resolve) => server.close(resolve));
});

const NOBODY: Staying = { busy: 0, unprepared: 0, refused: 0, upgraded: 0, tls: 0, http2: 0 };
const GET = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

async function handOff(
  old: Server,
  next: Server,
  options?: HandOffServerOptions,
  taking?: TakeOverServerOptions,
): Promise<[HandOffServerResult, TakeOverServerResult | undefined]> {
  const [left, right] = channel();
  return Promise.all([handOffServer(old, left, options), takeOverServer(next, right, taking)]);
}

/** Clients whose connections the server has accepted. */
async function threeClients(server: Server, port: number): Promise<Client[]> {
  let accepted = 0;
  server.on('connection', () => accepted++);
  const clients = [new Client(port), new Client(port), new Client(port)];
  await until('all are accepted', () => accepted === clients.length);
  return clients;
}

/** Runs `work` with servers that are closed in the end, and all clients made of them. */
async function withServers(servers: Server[], work: () => Promise<void>): Promise<void> {
  const sockets: Socket[] = [];
  for (const each of servers) each.on('connection', (socket: Socket) => sockets.push(socket));
  try {
    await work();
  } finally {
    for (const each of sockets) each.destroy();
    await Promise.all(
      servers.map((each) => new Promise<void>((resolve) => (each.listening ? each.close(() => resolve()) : resolve()))),
    );
  }
}

test('an upgraded connection stays, is told, and goes on', async () => {
  const [old, next] = [makeServer('old', [], new Gate()), makeServer('new', [], new Gate())];
  old.on('upgrade', (_, socket: Socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    socket.pipe(socket);
  });
  await withServers([old, next], async () => {
    const client = new Client(await listen(old));
    client.socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    await until('it is upgraded', () => client.received.endsWith('\r\n\r\n'));
    const closes = new Promise((resolve) => old.once('close', resolve));
    const totals: unknown[] = [];
    const [given] = await handOff(old, next, {}, { prepare: ({ total }) => void totals.push(total) });
    // The listening socket alone.
    assert.equal(totals, [1]);
    assert.equal(given, { isHandedOver: true, moved: 0, staying: { ...NOBODY, upgraded: 1 } });
    assert.is(old.listening, false);
    client.socket.write('still there');
    await until('it answers', () => client.received.endsWith('still there'));
    client.close();
    await closes;
  });
});

test('HTTP/2 stays, is told, and goes on', async () => {
  const make = () => createHttp2Server((_, response) => response.end('answered'));
  const [old, next] = [make(), make()];
  await withServers([old, next], async () => {
    const session = connectHttp2(`http://127.0.0.1:${await listen(old)}`);
    const ask = async () => {
      let text = '';
      for await (const chunk of session.request()) text += chunk;
      return text;
    };
    assert.is(await ask(), 'answered');
    const [given] = await handOff(old, next);
    assert.equal(given, { isHandedOver: true, moved: 0, staying: { ...NOBODY, http2: 1 } });
    assert.is(await ask(), 'answered');
    await new Promise<void>((resolve) => session.close(resolve));
  });
});

test('what an application has given to TLS or HTTP/2 by itself stays', async () => {
  const http2 = createHttp2Server((_, response) => response.end('answered'));
  const old = createServer((socket) => {
    if (next.listening) return;
    socket.once('close', () => undefined);
    if (isTls) new TLSSocket(socket, { isServer: true }).on('error', () => undefined);
    else http2.emit('connection', socket);
  });
  const next = createServer();
  let isTls = false;
  await withServers([old, next], async () => {
    const port = await listen(old);
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    await new Promise((resolve) => session.request().resume().once('end', resolve));
    isTls = true;
    const client = new Client(port);
    await until('both are accepted', () => (old as unknown as { _connections: number })._connections === 2);
    const [given] = await handOff(old, next);
    assert.equal(given, { isHandedOver: true, moved: 0, staying: { ...NOBODY, tls: 1, http2: 1 } });
    client.close();
    await new Promise<void>((resolve) => session.close(resolve));
  });
});

test('a TLS session stays, is told; its server is handed over', async () => {
  // Anonymous, without certificates.
  const anonymous = { ciphers: 'aNULL:@SECLEVEL=0', maxVersion: 'TLSv1.2' } as const;
  const make = (who: string) => createTlsServer(anonymous, (socket) => socket.on('data', () => socket.write(who)));
  const [old, next] = [make('old'), make('new')];
  await withServers([old, next], async () => {
    const port = await listen(old);
    const open = () => {
      const client = connectTls({
        port,
        host: '127.0.0.1',
        ...anonymous,
        checkServerIdentity: () => undefined,
        rejectUnauthorized: false,
      });
      const state = { text: '' };
      client.on('data', (data) => {
        state.text += data;
      });
      client.write('?');
      return { client, state };
    };
    const first = open();
    await until('it is answered', () => first.state.text === 'old');
    const [given] = await handOff(old, next);
    assert.equal(given, { isHandedOver: true, moved: 0, staying: { ...NOBODY, tls: 1 } });
    first.client.write('?');
    const second = open();
    await until('both are answered', () => first.state.text === 'oldold' && second.state.text === 'new');
    first.client.destroy();
    second.client.destroy();
  });
});

test('an answer that the client does not read is sent whole before its connection moves', async () => {
  const gate = new Gate();
  const log: string[] = [];
  const [old, next] = [makeServer('old', log, gate), makeServer('new', log, gate)];
  await withServers([old, next], async () => {
    const client = new Client(await listen(old));
    client.socket.pause();
    client.socket.write(GET('/big'));
    await until('it is answered', () => log.length === 1);
    gate.open();
    const results = handOff(old, next);
    await until('the new one accepts', () => next.listening);
    client.socket.resume();
    const [given] = await results;
    assert.equal(given, { isHandedOver: true, moved: 1, staying: NOBODY });
    client.socket.write(GET('/b'));
    const ends = answerOf('new GET /b ');
    await until('the next one is answered', () => client.received.endsWith(ends));
    const head = client.received.indexOf('\r\n\r\n') + 4;
    assert.is(client.received.length - head - ends.length, BIG + 2 * 'old GET /big '.length);
    client.close();
  });
});

test('what is busy for longer than drain stays, and is answered where it was', async () => {
  const gate = new Gate();
  const log: string[] = [];
  const [old, next] = [makeServer('old', log, gate), makeServer('new', log, gate)];
  let socket: Socket | undefined;
  old.on('connection', (each: Socket) => {
    socket = each;
  });
  await withServers([old, next], async () => {
    const client = new Client(await listen(old));
    client.socket.write(GET('/slow'));
    await until('it has come', () => log.length === 1);
    const totals: unknown[] = [];
    const heard = () => ['drain', 'finish'].map((event) => socket?.listenerCount(event));
    const before = heard();
    const [given] = await handOff(old, next, { drain: 0 }, { prepare: ({ total }) => void totals.push(total) });
    assert.equal(given, { isHandedOver: true, moved: 0, staying: { ...NOBODY, busy: 1 } });
    assert.equal([totals, heard()], [[2], before]);
    gate.open();
    client.socket.write(GET('/b'));
    await until('both are answered', () => client.received === answerOf('old GET /slow ') + answerOf('old GET /b '));
    client.close();
  });
});

test('the same connections move back and forth, with a half head that grows on the way', async () => {
  const log: string[] = [];
  const gate = new Gate();
  const servers = Array.from({ length: 6 }, (_, i) => makeServer(`s${i}`, log, gate));
  const [first, ...others] = servers as [HttpServer, ...HttpServer[]];
  await withServers(servers, async () => {
    const port = await listen(first);
    const clients = Array.from({ length: 20 }, () => new Client(port));
    for (const client of clients) client.socket.write(GET('/0'));
    await until('all are answered', () => clients.every(({ received }) => received === answerOf('s0 GET /0 ')));
    const growing = new Client(port);
    // It has come before anybody looked, and says nothing before all is over.
    const silent = new Client(port);
    await until('all are accepted', () => (first as unknown as { _connections: number })._connections === 22);
    const pieces = ['GET /gr', 'owing HT', 'TP/1.1\r\n', 'Host:', ' x\r\n'];
    let read = 0;
    let old = first;
    for (const [i, next] of others.entries()) {
      const piece = pieces[i] as string;
      growing.socket.write(piece);
      const before = read;
      read = before + piece.length;
      // In a server that has not been offered before, what has come in part is not known until its end.
      if (i === 0) {
        const known = new AbortController();
        const offered = handOffServer(old, { abstract: `ancillary-test-${process.pid}` }, { signal: known.signal });
        known.abort();
        await thrownBy(() => offered);
      }
      const [given, taken] = await handOff(old, next);
      assert.equal([given.moved, given.staying, taken?.moved], [22, NOBODY, 22]);
      for (const client of clients) client.socket.write(GET(`/${i + 1}`));
      const end = answerOf(`s${i + 1} GET /${i + 1} `);
      await until('all are answered there', () => clients.every(({ received }) => received.endsWith(end)));
      old = next;
    }
    growing.socket.write('\r\n');
    await until('it is answered once', () => growing.received === answerOf('s5 GET /growing '));
    silent.socket.write(GET('/at-last'));
    await until('it is answered there', () => silent.received === answerOf('s5 GET /at-last '));
    assert.is(log.length, 6 * 20 + 2);
    assert.ok(clients.every(({ error, hasEnded }) => !error && !hasEnded));
    for (const client of [...clients, growing, silent]) client.close();
  });
});

test('a net.Server: what has been read travels, with the state of the connection, at the moment the application says', async () => {
  const states = new Map<Socket, { count: number }>();
  const serve = (who: string) => (socket: Socket) => {
    const state = states.get(socket) ?? { count: 0 };
    states.set(socket, state);
    // Takes one chunk; what comes after it stays in the socket of the old one.
    socket.on('data', (text) => {
      socket.write(`${who} ${++state.count} ${text}`);
      if (who === 'old') socket.pause();
    });
  };
  const [old, next] = [createServer(serve('old')), createServer(serve('new'))];
  await withServers([old, next], async () => {
    const client = new Client(await listen(old));
    client.socket.write('one\n');
    await until('it is answered', () => client.received === 'old 1 one\n');
    client.socket.write('two\n');
    await until('it is buffered', () => [...states.keys()][0]?.readableLength === 4);
    const asked: Socket[] = [];
    const progress: HandOffServerProgress[] = [];
    const [given, taken] = await handOff(
      old,
      next,
      {
        state: () => ({ since: 1 }),
        stateOf: (socket) => states.get(socket),
        prepare: async (socket) => void asked.push(socket),
        onProgress: (each) => progress.push(each),
      },
      { restore: (socket, state) => states.set(socket, state as { count: number }) },
    );
    assert.equal([given.moved, taken?.moved, taken?.state, asked.length], [1, 1, { since: 1 }, 1]);
    assert.equal(progress.at(-1), { moved: 1, total: 1, staying: NOBODY });
    await until('it goes on', () => client.received === 'old 1 one\nnew 2 two\n');
    client.close();
  });
});

/** What `prepare` answers, and whether the connection moves then. */
const ANSWERS: [answer: string, prepare: () => unknown, moves: boolean][] = [
  ['nothing', () => undefined, true],
  ['null', () => null, true],
  ['false', () => false, false],
  ['a promise of nothing', async () => undefined, true],
  ['a promise of false', async () => false, false],
  ['a promise that rejects', () => Promise.reject(new Error('not this one')), false],
];
for (const [answer, prepare, moves] of ANSWERS) {
  test(`a connection of which prepare says ${answer} ${moves ? 'moves' : 'stays'}`, async () => {
    const make = (who: string) => createServer((socket) => socket.on('data', () => socket.write(who)));
    const [old, next] = [make('old'), make('new')];
    await withServers([old, next], async () => {
      const client = new Client(await listen(old));
      client.socket.write('?');
      await until('it is answered', () => client.received === 'old');
      const [given] = await handOff(old, next, { prepare });
      const staying = { ...NOBODY, unprepared: moves ? 0 : 1 };
      assert.equal(given, { isHandedOver: true, moved: moves ? 1 : 0, staying });
      client.socket.write('?');
      await until('it is answered again', () => client.received === (moves ? 'oldnew' : 'oldold'));
      client.close();
    });
  });
}

for (const when of ['at once', 'later']) {
  test(`what stateOf throws of a connection that can move ${when} ends the hand-off, and all goes on`, async () => {
    const [old, next] = [makeServer('old', [], new Gate()), makeServer('new', [], new Gate())];
    await withServers([old, next], async () => {
      const client = new Client(await listen(old));
      client.socket.write(GET('/a'));
      await until('it is answered', () => client.received === answerOf('old GET /a '));
      const [left, right] = channel();
      const [given] = await Promise.all([
        thrownBy(() =>
          handOffServer(old, left, {
            prepare: () => when === 'at once' || Promise.resolve(),
            stateOf: () => {
              throw new Error('no state');
            },
          }),
        ),
        takeOverServer(next, right),
      ]);
      assert.is(given.message, 'no state');
      client.socket.write(GET('/b'));
      await until('it goes on', () => client.received === answerOf('old GET /a ') + answerOf('old GET /b '));
      assert.equal([old.listening, next.listening], [true, false]);
      client.close();
    });
  });
}

test('what is stopped and not yet offered when the taker goes is served here again', async () => {
  const sockets: Socket[] = [];
  const old = createServer((socket) => {
    sockets.push(socket);
    socket.on('data', (text) => socket.write(`old ${text}`));
  });
  await withServers([old], async () => {
    const port = await listen(old);
    // One is on its way, one is waited for, one is neither.
    const clients = [new Client(port), new Client(port), new Client(port)];
    await until('all are accepted', () => sockets.length === 3);
    const [left, right] = channel();
    let free = () => {};
    const later = new Promise<void>((resolve) => {
      free = resolve;
    });
    const result = thrownBy(() => handOffServer(old, left, { prepare: (socket) => socket === sockets[0] || later }));
    const taker = new PlayedTaker(right);
    assert.is((await taker.untilConnections()).items.length, 1);
    free();
    await until('the others are stopped', () => sockets.every(({ connecting }) => connecting));
    taker.close();
    await result;
    for (const client of clients) client.socket.write('ping');
    await until('all go on', () => clients.every(({ received }) => received === 'old ping'));
    for (const client of clients) client.close();
  });
});

test('what was to stay and closes meanwhile does not stay', async () => {
  const sockets: Socket[] = [];
  const [old, next] = [createServer((socket) => sockets.push(socket)), createServer()];
  await withServers([old, next], async () => {
    const port = await listen(old);
    const clients = [new Client(port), new Client(port)];
    await until('both are accepted', () => sockets.length === 2);
    const asked: Socket[] = [];
    let free = () => {};
    const later = new Promise<void>((resolve) => {
      free = resolve;
    });
    const prepare = (socket: Socket) => {
      asked.push(socket);
      return socket === sockets[0] ? false : later;
    };
    const results = handOff(old, next, { prepare });
    await until('both are asked', () => asked.length === 2);
    sockets[0]?.destroy();
    await until('it is closed', () => sockets[0]?.closed);
    free();
    assert.equal((await results)[0], { isHandedOver: true, moved: 1, staying: NOBODY });
    for (const client of clients) client.close();
  });
});

test('a connection that the taker leaves is told, and goes on', async () => {
  const old = createServer((socket) => socket.on('data', (text) => socket.write(`old ${text}`)));
  await withServers([old], async () => {
    const client = new Client(await listen(old));
    client.socket.write('one ');
    await until('it is answered', () => client.received === 'old one ');
    const [left, right] = channel();
    const result = handOffServer(old, left);
    const taker = new PlayedTaker(right);
    await taker.confirm(await taker.untilConnections(), [false]);
    await taker.next();
    await right.send(encodeCounts(GOODBYE, { moved: 1, kept: 1 }));
    assert.equal(await result, { isHandedOver: true, moved: 0, staying: { ...NOBODY, refused: 1 } });
    client.socket.write('two');
    await until('it goes on', () => client.received === 'old one old two');
    taker.close();
    client.close();
  });
});

test('a connection that is half way through a character moves when it has all of it', async () => {
  const heard: string[] = [];
  const make = (who: string) =>
    createServer((socket) => socket.setEncoding('utf8').on('data', (text) => heard.push(`${who} ${text}`)));
  const [old, next] = [make('old'), make('new')];
  let socket: Socket | undefined;
  old.on('connection', (each) => {
    socket = each;
  });
  await withServers([old, next], async () => {
    const client = new Client(await listen(old));
    const [begin, end] = [Buffer.from([0xc3]), Buffer.from([0xa4])];
    client.socket.write(begin);
    await until('it has come', () => socket?.bytesRead === 1);
    const results = handOff(old, next);
    await until('the new one accepts', () => next.listening);
    client.socket.write(end);
    assert.is((await results)[0].moved, 1);
    client.socket.write('ö');
    await until('all is heard', () => heard.length > 1);
    assert.equal(heard, ['old ä', 'new ö']);
    client.close();
  });
});

test('a server gets what it takes over as it gets what it accepts: paused, and half open, where it says so', async () => {
  const old = createServer();
  const sockets: Socket[] = [];
  const next = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => sockets.push(socket));
  await withServers([old, next], async () => {
    const client = new Client(await listen(old));
    await until('it is accepted', () => (old as unknown as { _connections: number })._connections === 1);
    await handOff(old, next);
    const [socket] = sockets as [Socket];
    assert.equal([socket.isPaused(), socket.allowHalfOpen], [true, true]);
    client.socket.end('question');
    let text = '';
    socket.on('data', (data) => {
      text += data;
    });
    socket.on('end', () => socket.end('answer'));
    socket.resume();
    await until('it is answered', () => client.received === 'answer' && client.hasEnded);
    assert.is(text, 'question');
    client.close();
  });
});

/** Which of the listeners a and b is the server's, and why none is. */
const WANTED: [listener: string | undefined, offered: string[], err: RegExp | undefined][] = [
  [undefined, ['a'], undefined],
  ['b', ['a', 'b'], undefined],
  [undefined, ['a', 'b'], /a, b are offered: say which with the option listener/],
  ['c', ['a', 'b'], /a, b are offered: there is no 'c'/],
  [undefined, [], /no listening socket is offered/],
];
for (const [listener, offered, err] of WANTED) {
  test(`a server that wants ${listener ?? 'any listener'} of ${offered.join(' and ') || 'none'} ${err ? 'is told' : 'takes that'}`, async () => {
    const next = createServer();
    await withServers([next], async () => {
      const listeners = Object.fromEntries(offered.map((name) => [name, UnixListener.listenSync({ autobind: true })]));
      const file = memfd('file', 1);
      const [left, right] = channel();
      const [given, taken] = await Promise.all([
        offer(left, { listeners, files: { file } }).catch((error: Error) => error),
        takeOverServer(next, right, { listener }).catch((error: Error) => error),
      ]);
      if (err) assert.match(`${(taken as Error).message}`, err);
      else {
        const kept = offered.filter((name) => name !== (listener ?? 'a'));
        const { keptListeners, keptFiles } = given as OfferResult;
        assert.equal([keptListeners, keptFiles, next.listening], [kept, ['file'], true]);
      }
      for (const each of [...Object.values(listeners), file]) each[Symbol.dispose]();
    });
  });
}

test('a server takes no listening socket that is not one of streams', async () => {
  const next = createServer();
  const packets = UnixSeqpacketListener.listenSync({ autobind: true });
  const [left, right] = channel();
  const [given] = await Promise.all([offer(left, { listeners: { packets } }), takeOverServer(next, right)]);
  assert.equal([given.keptListeners, next.listening, packets.closed], [['packets'], false, false]);
  packets.closeSync();
});

test('a process that may not open what is to come takes nothing', async () => {
  const next = createServer();
  const listener = UnixListener.listenSync({ autobind: true });
  const [left, right] = channel();
  const [given, taken] = await Promise.all([
    thrownBy(() => offer(left, { listeners: { listener }, connections: () => [], total: 2 ** 30 })),
    thrownBy(() => takeOverServer(next, right)),
  ]);
  assert.match(given.message, /refused the hand-off: 1073741824 descriptors are to come/);
  assert.equal([taken.code, next.listening, listener.closed], ['ERR_REFUSED', false, false]);
  listener.closeSync();
});

test('there is room for as many descriptors as the limit has beyond those that are open', () => {
  const before = limitFiles(0, openFds().length + 5);
  try {
    checkRoom(5);
    assert.throws(() => checkRoom(6), /6 descriptors are to come, and this process may open 5 more/);
  } finally {
    limitFiles(0, before);
  }
});

test('a server that listens, or begins to, takes no other’s place', async () => {
  const [old, next] = [createServer(), createServer()];
  await withServers([old, next], async () => {
    await listen(old);
    const [left, right] = channel();
    const [given, taken] = await Promise.all([
      thrownBy(() => handOffServer(old, left)),
      thrownBy(() => {
        const taking = takeOverServer(next, right);
        next.listen(0, '127.0.0.1');
        return taking;
      }),
    ]);
    assert.equal([given.code, taken.code, old.listening], ['ERR_REFUSED', 'ERR_REFUSED', true]);
    assert.is((await thrownBy(() => takeOverServer(next, 'x'))).code, 'ERR_INVALID_ARGUMENT');
  });
});

test('a server is offered once at a time, and where somebody else offers for no longer than waitFor', async () => {
  const [other, old] = [createServer(), createServer()];
  await withServers([other, old], async () => {
    await Promise.all([listen(other), listen(old)]);
    const address = { abstract: `ancillary-test-${process.pid}-once` };
    const stop = new AbortController();
    const first = thrownBy(() => handOffServer(other, address, { signal: stop.signal }));
    assert.is((await thrownBy(() => handOffServer(other, address))).code, 'ERR_BUSY');
    assert.is((await thrownBy(() => handOffServer(old, address, { waitFor: 0 }))).code, 'EADDRINUSE');
    assert.is(old.listening, true);
    // Closed while it waits for the address.
    const closing = await handOffServer(old, address, { onFailed: () => old.close() });
    assert.equal(closing, { isHandedOver: false, moved: 0, staying: NOBODY });
    stop.abort();
    assert.is((await first).code, 'ABORT_ERR');
  });
});

test('what is written and ended while nobody knows whose the connection is comes once it is known', async () => {
  const sockets: Socket[] = [];
  const old = createServer((socket) => sockets.push(socket));
  await withServers([old], async () => {
    const client = new Client(await listen(old));
    await until('it is accepted', () => sockets.length === 1);
    const [left, right] = channel();
    const [socket] = sockets as [Socket];
    const result = thrownBy(() =>
      handOffServer(old, left, {
        stateOf: () => {
          socket.end('the last words');
          right.closeSync();
        },
      }),
    );
    // It takes the listening socket, and is gone before it takes the connection.
    const taker = new PlayedTaker(right);
    await taker.greet();
    await taker.confirm(await taker.batch());
    await result;
    await until('it has come', () => client.received === 'the last words' && client.hasEnded);
    taker.close();
    client.close();
  });
});

test('a server at a socket file moves, and the file stays', () =>
  withTempDir(async (folder) => {
    const make = (who: string) => createHttpServer((_, response) => response.end(who));
    const [old, next] = [make('old'), make('new')];
    const path = join(folder, 'server.socket');
    await withServers([old, next], async () => {
      await new Promise<void>((resolve) => old.listen(path, resolve));
      const ask = () =>
        new Promise<string>((resolve, reject) => {
          const client = connect(path, () => client.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'));
          let text = '';
          client.on('data', (data) => {
            text += data;
          });
          client.on('error', reject).on('close', () => resolve(text.slice(text.indexOf('\r\n\r\n') + 4)));
        });
      assert.is(await ask(), 'old');
      const [given] = await handOff(old, next);
      assert.is(given.isHandedOver, true);
      assert.is(await ask(), 'new');
    });
  }));

test('a server that closes before anybody comes ends the offer', async () => {
  const server = makeServer('old', [], new Gate());
  await listen(server);
  const offered = handOffServer(server, { abstract: `ancillary-test-${process.pid}-closing` });
  server.close();
  assert.equal(await offered, { isHandedOver: false, moved: 0, staying: NOBODY });
});

test('a hand-off that ends early: the new server serves what it has, accepts no more, and its own offer ends', async () => {
  const [old, next] = [makeServer('old', [], new Gate()), makeServer('new', [], new Gate())];
  await withServers([old, next], async () => {
    const port = await listen(old);
    const clients = [new Client(port), new Client(port)];
    let accepted = 0;
    old.on('connection', () => accepted++);
    await until('both are accepted', () => accepted === 2);
    const ended = new AbortController();
    let asked = 0;
    const [left, right] = channel();
    const [given, taken] = await Promise.all([
      thrownBy(() => handOffServer(old, left, { prepare: () => (asked++ === 0 ? true : new Promise(() => {})) })),
      takeOverServer(next, right, { signal: ended.signal, onProgress: ({ moved }) => moved > 1 && ended.abort() }),
    ]);
    assert.equal([given.code, taken?.moved, taken?.lost, taken?.error?.code], ['ERR_REFUSED', 1, 0, 'ABORT_ERR']);
    assert.equal([old.listening, next.listening], [true, false]);
    const address = { abstract: `ancillary-test-${process.pid}-back` };
    const [mine, other] = channel();
    for (const where of [address, mine]) {
      assert.equal(await handOffServer(next, where), { isHandedOver: false, moved: 0, staying: NOBODY });
    }
    assert.ok(mine.closed);
    other.closeSync();
    clients.push(new Client(port));
    for (const client of clients) client.socket.write(GET('/a'));
    await until('all are answered', () => clients.every(({ received }) => received !== ''));
    assert.equal(clients.map(({ received }) => /(old|new) GET/.exec(received)?.[1]).sort(), ['new', 'old', 'old']);
    const closes = new Promise((resolve) => next.once('close', resolve));
    for (const client of clients) client.close();
    await closes;
  });
});

test('where somebody else offers at the address, an offer is told once, waits, and goes on', async () => {
  const [other, old, next] = [createServer(), createServer(), createServer()];
  await withServers([other, old, next], async () => {
    await Promise.all([listen(other), listen(old)]);
    const address = { abstract: `ancillary-test-${process.pid}-taken` };
    const stop = new AbortController();
    const first = thrownBy(() => handOffServer(other, address, { signal: stop.signal }));
    const told: string[] = [];
    const offered = handOffServer(old, address, { onFailed: ({ code }) => told.push(code) });
    await until('it is told', () => told.length > 0);
    stop.abort();
    await first;
    let taken: TakeOverServerResult | undefined;
    while (!taken) taken = await takeOverServer(next, address);
    assert.is((await offered).isHandedOver, true);
    assert.equal(told, ['EADDRINUSE']);
    const late = await thrownBy(async () => {
      const again = handOffServer(next, address, { signal: stop.signal });
      await again;
    });
    assert.is(late.code, 'ABORT_ERR');
  });
});

for (const where of ['restore', 'a listener']) {
  test(`what ${where} throws closes the connection, is told, and costs the others nothing`, async () => {
    const [old, next] = [createServer(), createServer((socket) => socket.resume())];
    await withServers([old, next], async () => {
      const port = await listen(old);
      const clients = await threeClients(old, port);
      let calls = 0;
      const fail = () => {
        if (++calls === 2) throw new Error('not this one');
      };
      if (where === 'a listener') next.on('connection', fail);
      const [, taken] = await handOff(old, next, {}, where === 'restore' ? { restore: fail } : {});
      assert.equal([taken?.moved, taken?.failed, taken?.error?.message], [2, 1, 'not this one']);
      await until('it is closed', () => clients.filter((each) => each.hasEnded || each.error).length === 1);
      const count = await new Promise((resolve) => next.getConnections((_, connections) => resolve(connections)));
      assert.is(count, 2);
      for (const client of clients) client.close();
    });
  });
}

test('a server may be offered before it listens', async () => {
  const [old, next] = [createServer(), createServer()];
  await withServers([old, next], async () => {
    const [left, right] = channel();
    const results = Promise.all([handOffServer(old, left), takeOverServer(next, right)]);
    old.listen(0, 'localhost');
    assert.is((await results)[0].isHandedOver, true);
  });
  const never = createServer().on('error', () => {});
  const offered = thrownBy(() => handOffServer(never, { abstract: `ancillary-test-${process.pid}-never` }));
  never.listen('/nowhere/at/all');
  assert.is((await offered).code, 'ERR_REFUSED');
});

test('a new process is told how many are lost with the old one', async () => {
  const [old, next] = [createServer(), createServer()];
  await withServers([old, next], async () => {
    const port = await listen(old);
    const clients = await threeClients(old, port);
    const totals: unknown[] = [];
    const [left, right] = channel();
    const given = thrownBy(() => handOffServer(old, left, { prepare: () => new Promise(() => {}) }));
    const taken = await takeOverServer(next, right, {
      prepare: ({ total }) => void totals.push(total),
      // What a process that dies does.
      onProgress: () => setImmediate(() => left.closeSync()),
    });
    await given;
    assert.equal([totals, taken?.lost, taken?.error?.code], [[4], 3, 'ERR_ENDED']);
    assert.is(next.listening, true);
    for (const client of clients) client.close();
  });
});

test('where nobody offers, nothing is taken over', async () => {
  const server = makeServer('new', [], new Gate());
  assert.is(await takeOverServer(server, { abstract: `ancillary-test-${process.pid}-nobody` }), undefined);
  assert.is(server.listening, false);
});

test('idle connections that have moved close with their server, and after keepAliveTimeout', async () => {
  const [old, next] = [makeServer('old', [], new Gate()), makeServer('new', [], new Gate())];
  next.keepAliveTimeout = 1;
  await withServers([old, next], async () => {
    const port = await listen(old);
    const clients = [new Client(port)];
    clients[0]?.socket.write(GET('/a'));
    await until('it is answered', () => clients[0]?.received === answerOf('old GET /a '));
    await handOff(old, next);
    await until('it is closed', () => clients[0]?.hasEnded);
    assert.is(clients[0]?.received, answerOf('old GET /a '));
    clients[0]?.close();
  });
});

t.table<() => unknown, never>(
  [
    { name: 'no server', in: () => handOffServer({} as Server, 'x'), err: 'ERR_INVALID_ARGUMENT' },
    {
      name: 'a server that has been closed',
      in: () => handOffServer(createServer().listen(0).close(), 'x'),
      err: 'ERR_CLOSED',
    },
    {
      name: 'a drain below 0',
      in: () => handOffServer(createServer(), 'x', { drain: -1 }),
      err: 'ERR_INVALID_ARGUMENT',
    },
    {
      name: 'an option that there is not',
      in: () => handOffServer(createServer(), 'x', { total: 3 } as HandOffServerOptions),
      err: 'ERR_INVALID_ARGUMENT',
    },
    {
      name: 'no server that takes over',
      in: () => takeOverServer(new Socket() as unknown as Server, 'x'),
      err: 'ERR_INVALID_ARGUMENT',
    },
  ],
  async (work) => (await work()) as never,
);

t.run();
