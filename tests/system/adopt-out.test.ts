/** Descriptors taken out of Node's objects: nothing of what was on its way is lost, and nobody else is told. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync, existsSync, lstatSync, openSync, readdirSync, readSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer as createHttpServer, request } from 'node:http';
import { connect, createServer, type Server, Socket } from 'node:net';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import {
  AncillaryError,
  fromDgram,
  fromFileHandle,
  fromNetServer,
  fromNetSocket,
  memfd,
  type OwnedFd,
  socketpair,
  toDgram,
  toFileHandle,
  toNetServer,
  toNetSocket,
} from 'ancillary';
import * as assert from 'uvu/assert';
import { pairOf, tcpPair } from '../support/kinds.js';
import { leavingNothing } from '../support/leaves-nothing.js';
import { limitFiles } from '../support/native.js';
import { until } from '../support/process.js';
import { random, seed } from '../support/random.js';
import { suite, thrownBy } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { openWhatStays } from '../support/warm.js';

const t = suite('taking out');
const ALLOWED = { nonblocking: true };

const leavesNothing = leavingNothing(t);

t.before(openWhatStays);

const PAIRS = {
  Unix: async () => pairOf(1),
  TCP: tcpPair,
} as const;

/** All that can be read at once. */
function readAll(owned: OwnedFd): string {
  const buffer = Buffer.alloc(65536);
  let text = '';
  for (;;) {
    try {
      const size = readSync(owned.fd, buffer);
      if (size === 0) return `${text}.`;
      text += buffer.toString('utf8', 0, size);
    } catch (error) {
      assert.is((error as { code?: string }).code, 'EAGAIN');
      return text;
    }
  }
}

for (const [family, makePair] of Object.entries(PAIRS)) {
  const sockets = async () => {
    const [a, b] = await makePair();
    return [toNetSocket(a, ALLOWED), toNetSocket(b, ALLOWED)] as const;
  };

  leavesNothing(`of a net.Socket of ${family} under load no byte is lost and none comes twice`, async () => {
    const { below } = random(seed());
    const TOTAL = 12_000_000;
    const [a, b] = await makePair();
    const sender = toNetSocket(b, ALLOWED);
    let sent = 0;
    const sendOn = () => {
      while (sent < TOTAL) {
        const words = Uint32Array.from(
          { length: Math.min(1 + below(30_000), TOTAL / 4 - sent / 4) },
          (_, i) => sent / 4 + i,
        );
        sent += words.byteLength;
        if (!sender.write(Buffer.from(words.buffer))) return;
      }
      sender.end();
    };
    sender.on('drain', sendOn);
    sendOn();
    // Every byte, however it came.
    const chunks: Buffer[] = [];
    let owned: OwnedFd = a;
    let outs = 0;
    for (let isOver = false; !isOver; ) {
      const socket = toNetSocket(owned, ALLOWED);
      await new Promise<void>((resolve) => {
        const take = () => {
          if (isOver) return;
          socket.off('data', onData).off('end', onEnd);
          const { fd, unread } = fromNetSocket(socket);
          outs++;
          chunks.push(unread);
          owned = fd;
          resolve();
        };
        // Within the event that brings bytes, or while nobody takes any.
        const onData = (chunk: Buffer) => {
          chunks.push(chunk);
          if (below(8) === 0) take();
        };
        const onEnd = () => {
          isOver = true;
          resolve();
        };
        socket.on('end', onEnd);
        if (below(3) > 0) socket.on('data', onData);
        else setTimeout(take, below(4));
      });
    }
    const all = Buffer.concat(chunks);
    assert.is(all.length, TOTAL);
    for (let i = 0; i < TOTAL; i += 4)
      if (all.readUInt32LE(i) !== i / 4) assert.unreachable(`word ${i / 4} is another`);
    assert.ok(outs > 9, `taken out ${outs} times`);
  });

  leavesNothing(`the peer of a net.Socket of ${family} sees neither end nor reset, and is served on`, async () => {
    const [socket, peer] = await sockets();
    const seen: string[] = [];
    for (const event of ['end', 'error', 'close']) peer.on(event, () => seen.push(event));
    peer.resume();
    peer.write('unread');
    socket.pause();
    await until('bytes are buffered', () => socket.readableLength > 0);
    const closed = once(socket, 'close');
    const { fd, unread } = fromNetSocket(socket);
    assert.is(unread.toString(), 'unread');
    assert.ok(socket.destroyed);
    assert.equal(await closed, [false]);
    const told = once(peer, 'data');
    writeSync(fd.fd, 'served on');
    assert.is(String((await told)[0]), 'served on');
    peer.write('and back');
    await until('it has come', () => readAll(fd) === 'and back');
    assert.equal(seen, []);
    fd.close();
    await until('the end is told', () => seen.includes('end'));
    peer.destroy();
  });

  leavesNothing(
    `what waits in a net.Socket of ${family} is told to no listener, and the end comes after it`,
    async () => {
      const [socket, peer] = await sockets();
      peer.end('the last');
      socket.pause();
      await until('bytes are buffered', () => socket.readableLength > 0);
      const seen: string[] = [];
      const note = (chunk: unknown) => seen.push(String(chunk));
      socket.on('data', note);
      socket.on('end', () => seen.push('end'));
      const { fd, unread } = fromNetSocket(socket);
      await new Promise((resolve) => socket.once('close', resolve));
      assert.is(unread.toString() + readAll(fd), 'the last.');
      assert.equal(seen, []);
      fd.close();
      await once(peer, 'close');
    },
  );

  leavesNothing(
    `a net.Socket of ${family} that has sent its end is taken out with only the other way open`,
    async () => {
      const [a, b] = await makePair();
      const socket = toNetSocket(a, { ...ALLOWED, allowHalfOpen: true });
      const peer = toNetSocket(b, { ...ALLOWED, allowHalfOpen: true });
      socket.end();
      assert.is((await thrownBy(() => fromNetSocket(socket))).code, 'ERR_BUSY');
      await once(socket, 'finish');
      const { fd, unread } = fromNetSocket(socket);
      assert.is(unread.length, 0);
      assert.is((await thrownBy(() => writeSync(fd.fd, 'x'))).code, 'EPIPE');
      peer.write('still');
      await until('it has come', () => readAll(fd) === 'still');
      peer.destroy();
      fd.close();
    },
  );

  leavesNothing(`a net.Socket of ${family} that has not sent all stays as it is`, async () => {
    const [socket, peer] = await sockets();
    const sent = new Promise<void>((resolve) => socket.write(Buffer.alloc(8_000_000, 'x'), () => resolve()));
    const error = await thrownBy(() => fromNetSocket(socket));
    assert.is(error.code, 'ERR_BUSY');
    assert.match(error.message, /wait for the callback of write/);
    let count = 0;
    peer.on('data', (chunk) => {
      count += chunk.length;
    });
    await sent;
    await until('all has come', () => count === 8_000_000);
    fromNetSocket(socket).fd.close();
    await once(peer, 'close');
  });

  leavesNothing(`where no descriptor is left a net.Socket of ${family} stays as it is`, async () => {
    const [socket, peer] = await sockets();
    // Everything that is bound at its first call, bound.
    await thrownBy(() => fromNetSocket(new Socket()));
    const lowest = openSync('/dev/null', 'r');
    closeSync(lowest);
    const limit = limitFiles(0, lowest);
    try {
      assert.is((await thrownBy(() => fromNetSocket(socket))).code, 'EMFILE');
    } finally {
      limitFiles(0, limit);
    }
    peer.write('on');
    assert.is(String((await once(socket, 'data'))[0]), 'on');
    socket.destroy();
    peer.destroy();
  });
}

leavesNothing('descriptors come again on what is taken out, and credentials are stated as before', async () => {
  const [a, b] = socketpair({ credentials: true });
  const { fd } = fromNetSocket(toNetSocket(a, ALLOWED));
  b.sendSync('x', { fds: [0] });
  assert.is((await thrownBy(() => toNetSocket(fd))).code, 'ERR_BUSY');
  fd.close();
  b.closeSync();
});

const UNFIT: Record<string, { make: () => Socket | Promise<Socket>; code: string; message: RegExp }> = {
  'that was never connected': { make: () => new Socket(), code: 'ERR_CLOSED', message: /this socket is not connected/ },
  'that is being connected': {
    make: () => connect(1, '127.0.0.1').on('error', () => {}),
    code: 'ERR_CLOSED',
    message: /this socket is not connected yet/,
  },
  'that is destroyed': { make: () => new Socket().destroy(), code: 'ERR_CLOSED', message: /this socket is closed/ },
  'of TLS': {
    make: async () => {
      const [a, b] = await tcpPair();
      b.close();
      return new TLSSocket(toNetSocket(a).on('error', () => {})).on('error', () => {});
    },
    code: 'ERR_UNSUPPORTED',
    message: /a TLS socket: its descriptor is of no use/,
  },
  'that decodes': {
    make: async () => {
      const [a, b] = await tcpPair();
      b.close();
      return toNetSocket(a).setEncoding('utf8');
    },
    code: 'ERR_UNSUPPORTED',
    message: /setEncoding/,
  },
};

for (const [name, { make, code, message }] of Object.entries(UNFIT)) {
  leavesNothing(`a net.Socket ${name} is refused`, async () => {
    const socket = await make();
    const error = await thrownBy(() => fromNetSocket(socket));
    assert.instance(error, AncillaryError);
    assert.is(error.code, code);
    assert.match(error.message, message);
    socket.destroy();
  });
}

leavesNothing('a connection of HTTP is refused while HTTP reads it, and is taken after its upgrade', async () => {
  const server = createHttpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const refused: unknown[] = [];
  server.on('connection', (socket: Socket) => {
    // HTTP has it from this turn on.
    setImmediate(() => thrownBy(() => fromNetSocket(socket)).then((error) => refused.push(error.message)));
  });
  const taken = new Promise<{ owned: OwnedFd; head: string }>((resolve) => {
    server.on('upgrade', (_, socket, head) => {
      const { fd, unread } = fromNetSocket(socket as Socket);
      resolve({ owned: fd, head: head.toString() + unread.toString() });
    });
  });
  const { port } = server.address() as { port: number };
  const client = request({ port, host: '127.0.0.1', headers: { connection: 'Upgrade', upgrade: 'x' } });
  setTimeout(() => client.end(), 50);
  const upgraded = once(client, 'upgrade');
  const { owned, head } = await taken;
  assert.is(head, '');
  assert.match(String(refused[0]), /HTTP has this socket/);
  writeSync(owned.fd, 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nby hand');
  const [, socket, first] = await upgraded;
  assert.is(String(first), 'by hand');
  socket.destroy();
  owned.close();
  await new Promise((resolve) => server.close(resolve));
});

/** Listening servers: where, and whether it is one that was adopted. */
const SERVERS: Record<string, (folder: string) => Promise<Server>> = {
  'on TCP': async () => listening(createServer(), 0),
  'on a path': async (folder) => listening(createServer(), join(folder, 'socket')),
  'on an abstract name': async () => listening(createServer(), `\0ancillary-test-${process.pid}`),
  'on a path, adopted': async (folder) =>
    toNetServer(fromNetServer(await listening(createServer(), join(folder, 'socket')))),
  'of HTTP': async () => listening(createHttpServer(), 0),
};

async function listening(server: Server, where: number | string): Promise<Server> {
  server.listen(where as number);
  await once(server, 'listening');
  return server;
}

for (const [name, make] of Object.entries(SERVERS)) {
  leavesNothing(
    `the socket of a server ${name} is taken out with whoever waits to be accepted, and its file stays`,
    () =>
      withTempDir(async (folder) => {
        const server = await make(folder);
        // Of an adopted one Node does not know the path.
        const address = (server.address() ?? join(folder, 'socket')) as { port: number } | string;
        const reach = () => (typeof address === 'string' ? connect(address) : connect(address.port, '127.0.0.1'));
        const identity = () => (typeof address === 'string' && existsSync(address) ? lstatSync(address).ino : 0);
        const before = identity();
        server.on('connection', () => assert.unreachable('the old server accepts'));
        const closed = once(server, 'close');
        const waiting = reach();
        const owned = fromNetServer(server);
        await closed;
        assert.is((await thrownBy(() => fromNetServer(server))).code, 'ERR_CLOSED');
        assert.is(identity(), before);
        assert.equal(readdirSync(folder).length, before ? 1 : 0);
        const next = toNetServer(owned);
        next.on('connection', (socket) => socket.end('next'));
        for (const each of [waiting, reach()]) assert.is(String((await once(each, 'data'))[0]), 'next');
        await new Promise((resolve) => next.close(resolve));
      }),
  );
}

leavesNothing('a server whose file was removed, or that does not listen, is taken or refused', () =>
  withTempDir(async (folder) => {
    const path = join(folder, 'socket');
    const server = await listening(createServer(), path);
    (await import('node:fs')).unlinkSync(path);
    fromNetServer(server).close();
    assert.equal(readdirSync(folder), []);
    assert.is((await thrownBy(() => fromNetServer(createServer()))).code, 'ERR_CLOSED');
  }),
);

leavesNothing('a UDP socket is taken out with the datagrams that wait, and may be given back', async () => {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  const seen: string[] = [];
  socket.on('message', (data) => seen.push(String(data)));
  const sender = createSocket('udp4');
  await new Promise((resolve) => sender.send('first', port, '127.0.0.1', resolve));
  // The send is done, and this turn of the loop has not come to read it.
  const closed = once(socket, 'close');
  const had = seen.length;
  const owned = fromDgram(socket);
  await closed;
  await new Promise((resolve) => sender.send('second', port, '127.0.0.1', resolve));
  const again = toDgram(owned);
  again.on('message', (data) => seen.push(String(data)));
  await until('both have come', () => seen.length === 2);
  assert.is(had, 0);
  assert.equal(seen, ['first', 'second']);
  again.close();
  sender.close();
});

leavesNothing('a UDP socket that is not bound, closed, or has not sent all is refused and stays as it is', async () => {
  const socket = createSocket('udp4');
  assert.match((await thrownBy(() => fromDgram(socket))).message, /not bound yet/);
  socket.send('x', 9, '127.0.0.1');
  const busy = await thrownBy(() => fromDgram(socket));
  assert.ok(['ERR_BUSY', 'ERR_CLOSED'].includes(busy.code ?? ''), busy.message);
  await once(socket, 'listening');
  await until('it is sent', () => socket.getSendQueueCount() === 0);
  fromDgram(socket).close();
  assert.match((await thrownBy(() => fromDgram(socket))).message, /closed/);
});

leavesNothing('a FileHandle gives its description up, position and all', () =>
  withTempDir(async (folder) => {
    const handle = await open(join(folder, 'file'), 'w+');
    await handle.write('abcdef');
    await handle.read({ buffer: Buffer.alloc(2), position: 0 });
    const owned = await fromFileHandle(handle);
    assert.is(handle.fd, -1);
    writeSync(owned.fd, 'ghi');
    assert.is(owned.stat().size, 9);
    assert.is((await thrownBy(() => fromFileHandle(handle))).code, 'ERR_CLOSED');
    owned.close();
  }),
);

leavesNothing('there and back nothing changes', async () => {
  const owned = memfd('there', Buffer.from('and back'));
  const { ino } = owned.stat();
  const back = await fromFileHandle(await toFileHandle(owned));
  assert.is(back.stat().ino, ino);
  assert.is(back.kind, 'memfd');
  back.close();
});

t.test('each refuses what it is not made for', async () => {
  const owned = memfd('odd');
  const [a, b] = socketpair();
  for (const take of [fromNetSocket, fromNetServer, fromDgram, fromFileHandle]) {
    for (const odd of [undefined, null, 0, 'x', {}, [], owned, a, { fd: 3 }, Buffer.alloc(1), () => {}]) {
      const error = await thrownBy(() => (take as (odd: unknown) => unknown)(odd));
      assert.is(error.code, 'ERR_INVALID_ARGUMENT', error.message);
      assert.match(error.message, /^from\w+ takes a [\w.]+, not /);
    }
  }
  const wrong: [(odd: never) => unknown, unknown][] = [
    [fromNetSocket, createServer()],
    [fromNetServer, new Socket()],
    [fromDgram, new Socket()],
    [fromFileHandle, new Socket()],
  ];
  for (const [take, odd] of wrong) {
    assert.is((await thrownBy(() => take(odd as never))).code, 'ERR_INVALID_ARGUMENT');
  }
  owned.close();
  a.closeSync();
  b.closeSync();
});

t.run();
