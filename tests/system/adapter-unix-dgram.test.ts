/** `ancillary/unix-dgram` sends and receives as the package does: within the call, with negative numbers for errors. */
import { closeSync, existsSync, openSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { UnixDatagram } from 'ancillary';
import { createSocket, type MessageInfo, Socket } from 'ancillary/unix-dgram';
import * as assert from 'uvu/assert';
import { settledFds, untilOpen } from '../support/descriptors.js';
import { run, script, sleep } from '../support/process.js';
import { suite, thrownBy } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { noteEvents } from '../support/usockets.js';

const t = suite('unix-dgram');
const { errno } = constants;

type Failure = Error & { code: number; errno: number; syscall: string };

/** Runs `fn` with a folder, and a function that makes sockets which are closed afterwards. */
const withSockets = (fn: (path: string, make: typeof createSocket) => unknown) => async () => {
  // What the first of all sockets opens stays open.
  createSocket('unix_dgram').close();
  const before = await settledFds();
  await withTempDir(async (folder) => {
    const made: Socket[] = [];
    const make = ((type: 'unix_dgram', listener?: (message: Buffer, info: MessageInfo) => void) => {
      const socket = createSocket(type, listener);
      made.push(socket);
      return socket;
    }) as typeof createSocket;
    try {
      await fn(join(folder, 's'), make);
    } finally {
      for (const socket of made) if (socket.fd >= 0) socket.close();
    }
  });
  await untilOpen(before);
};

/** The next message. */
const message = (socket: Socket) =>
  new Promise<[string, MessageInfo]>((resolve) =>
    socket.once('message', (data, info) => resolve([String(data), info])),
  );

t.test(
  'messages come with their size and the path of who sent them, null for one without',
  withSockets(async (path, make) => {
    const server = make('unix_dgram');
    const noted = noteEvents(server, 'listening');
    server.bind(path);
    assert.equal(noted, ['listening'], 'within the call');
    const client = make('unix_dgram');
    let calls = 0;
    client.send(Buffer.from('xPING1x'), 1, 5, path, (error?: Error) => {
      assert.is(error, undefined);
      calls++;
    });
    assert.is(calls, 1, 'within the call');
    assert.equal(await message(server), ['PING1', { size: 5, address: {}, path: null }]);
    client.bind(`${path}.client`);
    client.sendto(Buffer.from('PING2'), 0, 5, path);
    assert.equal(await message(server), ['PING2', { size: 5, address: {}, path: `${path}.client` }]);
    server.connect(`${path}.client`);
    server.send(Buffer.from('PONG'));
    assert.equal(await message(client), ['PONG', { size: 4, address: {}, path }]);
    server.close();
    assert.ok(existsSync(path), 'the file stays');
    assert.is(server.fd, -1);
    rmSync(path);
  }),
);

t.test(
  'an empty message and one of 150,000 bytes come whole, and descriptors that nobody asked for are closed',
  withSockets(async (path, make) => {
    const server = make('unix_dgram');
    server.bind(path);
    const client = make('unix_dgram');
    client.send(Buffer.alloc(0), 0, 0, path);
    assert.equal((await message(server))[0], '');
    client.send(Buffer.alloc(150_000, 'a'), 0, 150_000, path);
    assert.equal((await message(server))[0].length, 150_000);
    const other = await UnixDatagram.connect(path);
    const fd = openSync('/dev/null', 'r');
    await other.send('with', { fds: [fd, fd] });
    assert.equal((await message(server))[0], 'with');
    closeSync(fd);
    other.closeSync();
  }),
);

const FAILURES: { name: string; syscall: string; errno: number; fail: (socket: Socket, path: string) => void }[] = [
  { name: 'bind twice', syscall: 'bind', errno: errno.EINVAL, fail: (s, path) => [s.bind(path), s.bind(`${path}2`)] },
  { name: 'bind where there is something', syscall: 'bind', errno: errno.EADDRINUSE, fail: (s) => s.bind('/dev/null') },
  { name: 'bind to no path', syscall: 'bind', errno: errno.EINVAL, fail: (s) => s.bind('') },
  {
    name: 'bind to a long path',
    syscall: 'bind',
    errno: errno.ENAMETOOLONG,
    fail: (s) => s.bind('/tmp/'.padEnd(108, 'x')),
  },
  { name: 'connect to nobody', syscall: 'connect', errno: errno.ENOENT, fail: (s, path) => s.connect(path) },
  {
    name: 'send to nobody',
    syscall: 'send',
    errno: errno.ENOENT,
    fail: (s, path) => s.send(Buffer.from('x'), 0, 1, path),
  },
  {
    name: 'send with no path, unconnected',
    syscall: 'send',
    errno: errno.ENOTCONN,
    fail: (s) => s.send(Buffer.from('x')),
  },
  {
    name: 'send of too much',
    syscall: 'send',
    errno: errno.EMSGSIZE,
    fail: (s, path) => [s.bind(path), s.connect(path), s.send(Buffer.alloc(1 << 20))],
  },
  { name: 'send when closed', syscall: 'send', errno: errno.EBADF, fail: (s) => [s.close(), s.send(Buffer.from('x'))] },
];
for (const { name, syscall, errno: number, fail } of FAILURES as (typeof FAILURES)[number][]) {
  t.test(
    `${name} is an error event within the call, with the negative number`,
    withSockets((path, make) => {
      const socket = make('unix_dgram');
      const errors: Failure[] = [];
      socket.on('error', (error: Failure) => errors.push(error));
      fail(socket, path);
      assert.equal(
        errors.map((error) => [error.code, error.errno, error.syscall]),
        [[-number, -number, syscall]],
      );
      assert.ok(errors[0]?.message.startsWith(`${syscall} ${-number}`), errors[0]?.message);
      assert.ok(errors[0] instanceof Error);
    }),
  );
}

t.test(
  'with a callback a failure is its argument and no event; without a listener the error is thrown',
  withSockets(async (path, make) => {
    const socket = make('unix_dgram');
    const got: Failure[] = [];
    socket.send(Buffer.from('x'), 0, 1, path, (error) => got.push(error as unknown as Failure));
    socket.send(Buffer.from('x'), (error) => got.push(error as unknown as Failure));
    assert.equal(
      got.map(({ code }) => code),
      [-errno.ENOENT, -errno.ENOTCONN],
    );
    assert.is((await thrownBy(() => socket.connect(path))).code, -errno.ENOENT as unknown as string);
  }),
);

t.test(
  'what cannot be meant is refused',
  withSockets(async (path, make) => {
    const socket = make('unix_dgram');
    const refused = async (fn: () => unknown) =>
      assert.is((await thrownBy(fn)).code, 'ERR_INVALID_ARGUMENT', String(fn));
    await refused(() => createSocket('unix' as 'unix_dgram'));
    await refused(() => socket.send('x' as unknown as Buffer));
    await refused(() => socket.send(Buffer.from('abc'), 1, 3, path));
    await refused(() => socket.send(Buffer.from('abc'), -1, 3, path));
    await refused(() => socket.bind(undefined as unknown as string));
    socket.close();
    assert.is((await thrownBy(() => socket.close())).code, -errno.EBADF as unknown as string);
    for (const name of ['address', 'setTTL', 'setBroadcast', 'addMembership', 'dropMembership'] as const) {
      assert.is((await thrownBy(() => socket[name]())).message, 'not implemented');
    }
  }),
);

t.test(
  'a peer that takes no more is congestion, and writable tells when it does: every message comes, in order',
  withSockets(async (path, make) => {
    const seen: string[] = [];
    const server = make('unix_dgram', (data) => seen.push(String(data)));
    server.bind(path);
    const client = make('unix_dgram');
    const noted = noteEvents(client, 'connect', 'congestion', 'writable');
    client.connect(path);
    assert.equal([noted, client.connected], [['connect'], true]);
    let [sent, refused] = [0, 0];
    await new Promise<void>((resolve) => {
      const send = (): void => {
        if (sent === 300) {
          resolve();
          return;
        }
        client.send(Buffer.from(`${sent}`), (error) => {
          if (!error) {
            sent++;
            send();
            return;
          }
          assert.equal([error.code as unknown, error.message], [1, 'congestion']);
          refused++;
          client.once('writable', send);
        });
      };
      send();
    });
    while (seen.length < 300) await sleep(1);
    assert.equal(
      seen,
      Array.from({ length: 300 }, (_, i) => `${i}`),
    );
    assert.ok(refused > 0 && noted.includes('writable'));
    assert.not(noted.includes('congestion'), 'a callback was told');
    const lost: string[] = [];
    client.on('congestion', (data) => lost.push(String(data)));
    for (let i = 0; i < 300; i++) client.send(Buffer.from(`m${i}`));
    while (seen.length + lost.length < 600) await sleep(1);
    assert.ok(lost.length > 0);
    assert.equal(
      [...seen.slice(300), ...lost],
      Array.from({ length: 300 }, (_, i) => `m${i}`),
    );
  }),
);

t.test(
  'a receiver that takes no more is EAGAIN for one that is not connected',
  withSockets(async (path, make) => {
    const receiver = UnixDatagram.bindSync(path);
    const client = make('unix_dgram');
    const errors: unknown[] = [];
    client.on('error', ({ code }) => errors.push(code));
    while (errors.length === 0) client.send(Buffer.from('x'), 0, 1, path);
    assert.equal(errors, [-errno.EAGAIN]);
    receiver.closeSync();
  }),
);

t.test(
  'when the peer is gone sends fail, and connect makes it well again',
  withSockets(async (path, make) => {
    const first = make('unix_dgram');
    first.bind(path);
    const client = make('unix_dgram');
    const codes: unknown[] = [];
    client.connect(path);
    first.close();
    rmSync(path);
    client.send(Buffer.from('x'), (error) => codes.push(error?.code));
    client.send(Buffer.from('x'), (error) => codes.push(error?.code));
    assert.equal(codes, [-errno.ECONNREFUSED, -errno.ENOTCONN]);
    const second = make('unix_dgram');
    second.bind(path);
    client.connect(path);
    client.send(Buffer.from('back'));
    assert.is((await message(second))[0], 'back');
  }),
);

t.test(
  'a peer that turns away with messages unread is an error event, and receiving goes on',
  withSockets(async (path, make) => {
    const [mine, peer] = [make('unix_dgram'), make('unix_dgram')];
    mine.bind(path);
    peer.bind(`${path}2`);
    mine.connect(`${path}2`);
    peer.connect(path);
    const failure = new Promise<Failure>((resolve) => mine.once('error', resolve as (error: Error) => void));
    mine.send(Buffer.from('unread'));
    // Whoever connects elsewhere drops what it has not read.
    const other = make('unix_dgram');
    other.bind(`${path}3`);
    peer.connect(`${path}3`);
    const { code, syscall } = await failure;
    assert.equal([code, syscall], [-errno.ECONNRESET, 'recv']);
    peer.close();
    const next = message(mine);
    // Until it hears that its peer is gone it takes nothing of anybody else.
    mine.send(Buffer.from('x'), () => {});
    const last = await UnixDatagram.connect(path);
    await last.send('still');
    assert.is((await next)[0], 'still');
    last.closeSync();
  }),
);

t.test(
  'a NUL in front is an abstract name',
  withSockets(async (_, make) => {
    const name = `\0ancillary dgram ${process.pid}`;
    const server = make('unix_dgram');
    server.bind(name);
    make('unix_dgram').send(Buffer.from('x'), 0, 1, name);
    assert.equal(await message(server), ['x', { size: 1, address: {}, path: null }]);
  }),
);

t.test('closed within a message, by whoever, it stops; what a listener throws is an uncaught exception', async () => {
  const { stdout, stderr, code } = await run(
    script(`
      import { createSocket } from 'ancillary/unix-dgram';
      process.on('uncaughtException', ({ message }) => console.log('uncaught', message));
      const name = '\\0ancillary dgram ' + process.pid;
      const server = createSocket('unix_dgram', (data) => {
        console.log(String(data));
        if (String(data) === 'one') throw new Error('mine');
        if (String(data) === 'two') server.close();
      });
      server.bind(name);
      const client = createSocket('unix_dgram');
      client.connect(name);
      for (const text of ['one', 'two', 'three']) client.send(Buffer.from(text));
      client.close();
    `),
  );
  assert.equal([stdout.toString(), stderr, code], ['one\nuncaught mine\ntwo\n', '', 0]);
});

t.test('udp4 is Node’s own', () => {
  const socket = createSocket('udp4');
  assert.type(socket.setTTL, 'function');
  assert.not(socket instanceof Socket);
  socket.close();
});

t.run();
