/** Servers and connections of other kinds: what moves, what stays and is told, and what the application has a say in. */
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { connect, createServer, type Server, Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls, createServer as createTlsServer, TLSSocket } from 'node:tls';
import {
  type HandOffServerOptions,
  type HandOffServerProgress,
  type HandOffServerResult,
  handOffServer,
  type Staying,
  type TakeOverServerOptions,
  type TakeOverServerResult,
  takeOverServer,
} from 'ancillary/handoff';
import * as assert from 'uvu/assert';
import { channel, leakTests } from '../support/handoff.js';
import { answerOf, BIG, Client, Gate, listen, makeServer } from '../support/http-dialogue.js';
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
    const [given] = await handOff(old, next);
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
  await withServers([old, next], async () => {
    const client = new Client(await listen(old));
    client.socket.write(GET('/slow'));
    await until('it has come', () => log.length === 1);
    const [given] = await handOff(old, next, { drain: 50 });
    assert.equal(given, { isHandedOver: true, moved: 0, staying: { ...NOBODY, busy: 1 } });
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
      assert.equal([given.moved, given.staying, taken?.moved], [21, NOBODY, 21]);
      for (const client of clients) client.socket.write(GET(`/${i + 1}`));
      const end = answerOf(`s${i + 1} GET /${i + 1} `);
      await until('all are answered there', () => clients.every(({ received }) => received.endsWith(end)));
      old = next;
    }
    growing.socket.write('\r\n');
    await until('it is answered once', () => growing.received === answerOf('s5 GET /growing '));
    assert.is(log.length, 6 * 20 + 1);
    assert.ok(clients.every(({ error, hasEnded }) => !error && !hasEnded));
    for (const client of [...clients, growing]) client.close();
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

test('a connection that prepare wants to stay stays', async () => {
  const make = (who: string) => createServer((socket) => socket.on('data', () => socket.write(who)));
  const [old, next] = [make('old'), make('new')];
  await withServers([old, next], async () => {
    const client = new Client(await listen(old));
    client.socket.write('?');
    await until('it is answered', () => client.received === 'old');
    const [given] = await handOff(old, next, { prepare: () => Promise.resolve(false) });
    assert.equal(given, { isHandedOver: true, moved: 0, staying: { ...NOBODY, unprepared: 1 } });
    client.socket.write('?');
    await until('it is answered again', () => client.received === 'oldold');
    client.close();
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
    const { PlayedTaker } = await import('../support/handoff.js');
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
    assert.equal([given.code, taken?.moved, taken?.error?.code], ['ERR_REFUSED', 1, 'ABORT_ERR']);
    assert.equal([old.listening, next.listening], [true, false]);
    const address = { abstract: `ancillary-test-${process.pid}-back` };
    assert.equal(await handOffServer(next, address), { isHandedOver: false, moved: 0, staying: NOBODY });
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
      const clients = [new Client(port), new Client(port), new Client(port)];
      let accepted = 0;
      old.on('connection', () => accepted++);
      await until('all are accepted', () => accepted === 3);
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
    const clients = [new Client(port), new Client(port), new Client(port)];
    let accepted = 0;
    old.on('connection', () => accepted++);
    await until('all are accepted', () => accepted === 3);
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
