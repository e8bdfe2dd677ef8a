/** `ancillary/usocket` reads and writes as the package does, and loses nothing that it loses. */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { socketpair, UnixListener, UnixStream } from 'ancillary';
import { type Received, UServer, USocket, type Written } from 'ancillary/usocket';
import * as assert from 'uvu/assert';
import { arrived } from '../support/arrived.js';
import { openFds, settledFds, untilOpen } from '../support/descriptors.js';
import { run, script, sleep, until } from '../support/process.js';
import { random, seed } from '../support/random.js';
import { isCloseOnExec, targetOf, withFds } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { threads } from '../support/threads.js';
import { next, noteEvents, readWhenThere, withUSocket } from '../support/usockets.js';

const t = suite('usocket');

/** Files that can be told apart by their contents' place: one temporary file each. */
const inodeOf = (fd: number) => fstatSync(fd).ino;

/** Runs `fn` with a server at a path, whose connections come as USockets. */
const withServer = (fn: (path: string, connection: Promise<USocket>) => Promise<void>, name = 's') =>
  withTempDir(async (folder) => {
    const server = new UServer();
    const path = name.startsWith('\0') ? name : join(folder, name);
    const connection = next<USocket>(server, 'connection');
    server.listen(path);
    await next(server, 'listening');
    try {
      await fn(path, connection);
    } finally {
      server.close();
    }
  });

const FORMS: [string, (path: string, onConnected: () => void) => USocket][] = [
  ['new with a path', (path, onConnected) => new USocket(path, onConnected)],
  ['new with { path }', (path, onConnected) => new USocket({ path }, onConnected)],
  ['connect with a path', (path, onConnected) => new USocket().connect(path, onConnected)],
  ['connect with { path }', (path, onConnected) => new USocket(null).connect({ path }, onConnected)],
];
for (const [name, connect] of FORMS) {
  t.test(`${name} connects, emits connected once, and calls back`, () =>
    withServer(async (path, connection) => {
      let calls = 0;
      const socket = connect(path, () => calls++);
      const noted = noteEvents(socket, 'connected', 'connect', 'fds', 'data');
      assert.is(socket.fd, undefined);
      assert.match((await thrownBy(() => socket.connect(path))).message, /^connect on already connected/);
      await next(socket, 'connected');
      assert.match(targetOf(socket.fd as number), /^socket:/);
      assert.match((await thrownBy(() => socket.connect(path))).message, /^connect on already connected/);
      socket.write('x');
      const accepted = await connection;
      assert.is(String(await readWhenThere(accepted, () => accepted.read(1))), 'x');
      assert.equal([calls, noted], [1, ['connected']]);
      accepted.destroy();
      socket.destroy();
    }),
  );
}

t.test('a path with a NUL in front is an abstract name', () =>
  withServer(async (path, connection) => {
    const socket = new USocket({ path });
    await next(socket, 'connected');
    (await connection).destroy();
    socket.destroy();
  }, `\0ancillary usocket ${process.pid}`),
);

t.test('a descriptor is taken over at once, without an event, and is closed with the socket', async () => {
  const before = await settledFds();
  const [mine, peer] = socketpair();
  const fd = mine.release();
  const socket = new USocket({ fd });
  const noted = noteEvents(socket, 'connected', 'error', 'close');
  assert.is(socket.fd, fd);
  socket.write('x');
  assert.is(String(arrived(await peer.receive()).data), 'x');
  socket.destroy();
  assert.equal([socket.fd, noted], [undefined, []]);
  peer.closeSync();
  await untilOpen(before);
});

t.test('what is no connected stream socket is not taken over', async () => {
  const fd = openSync('/dev/null', 'r');
  await thrownBy(() => new USocket({ fd }));
  closeSync(fd);
  assert.is((await thrownBy(() => new USocket().connect({ fd: -1 }))).code, 'ERR_INVALID_ARGUMENT');
  assert.is((await thrownBy(() => new USocket().connect({} as { path: string }))).code, 'ERR_INVALID_ARGUMENT');
});

t.test('a connect that fails is an error and then close, and the socket can connect again', () =>
  withServer(async (path, connection) => {
    const socket = new USocket(`${path}.none`);
    const noted = noteEvents(socket, 'connected', 'error', 'close', 'end');
    const [error] = await Promise.all([
      next<NodeJS.ErrnoException>(socket, 'error'),
      new Promise((resolve) => socket.once('close', resolve)),
    ]);
    assert.equal([error.code, error.syscall, noted], ['ENOENT', 'connect', ['error', 'close']]);
    socket.connect(path);
    await next(socket, 'connected');
    socket.end('again');
    const accepted = await connection;
    assert.is(String(await readWhenThere(accepted, () => accepted.read())), 'again');
    accepted.end();
    await next(socket.resume(), 'close');
  }),
);

t.test('it is a Duplex, may be extended, and takes properties', () => {
  class Mine extends USocket {
    supportsUnixFd = true;
  }
  assert.ok(new Mine() instanceof Duplex && new Mine().supportsUnixFd);
  assert.ok(Object.isExtensible(new USocket()));
});

t.test('what is written before there is a connection goes once there is', () =>
  withServer(async (path, connection) => {
    const socket = new USocket(path);
    socket.write('ab');
    socket.end('c');
    const accepted = await connection;
    assert.is(String(await readWhenThere(accepted, () => accepted.read(3))), 'abc');
    accepted.destroy();
    socket.destroy();
  }),
);

t.test('without a connection a write fails', async () => {
  const socket = new USocket();
  socket.write('x');
  assert.match((await next<Error>(socket, 'error')).message, /not connected/);
});

// --- reading

t.test('read with one count reads bytes and leaves descriptors, with two both or nothing', () =>
  withUSocket((socket, peer) =>
    withFds(2, async (fds) => {
      peer.sendSync('abcd', { fds });
      assert.is(String(await readWhenThere(socket, () => socket.read(1))), 'a');
      assert.is(socket.read(1, 3), null, 'too few descriptors');
      assert.is(socket.read(9, 1), null, 'too few bytes');
      const none: Received = socket.read(1, 0);
      assert.equal([String(none.data), none.fds], ['b', []]);
      const one: Received = socket.read(null, 1);
      assert.equal([String(one.data), one.fds.length], ['cd', 1]);
      const rest: Received = socket.read(null, null);
      assert.equal([rest.data, rest.fds.length], [null, 1]);
      assert.is(socket.read(null, null), null, 'nothing is left');
      for (const fd of [...one.fds, ...rest.fds]) {
        assert.is(targetOf(fd), '/dev/null');
        assert.ok(isCloseOnExec(fd));
        closeSync(fd);
      }
    }),
  ),
);

t.test('a count that cannot be meant is refused', () =>
  withUSocket(async (socket) => {
    for (const count of [-1, 1.5, NaN, '1']) {
      assert.is((await thrownBy(() => socket.read(1, count as number))).code, 'ERR_INVALID_ARGUMENT');
    }
  }),
);

t.test('null reads the descriptors of the bytes read, not those of a later message', () =>
  withUSocket((socket, peer) =>
    withFds(3, async (fds) => {
      peer.sendSync('a'.repeat(8));
      peer.sendSync('b'.repeat(8), { fds: fds.slice(0, 1) });
      peer.sendSync('c'.repeat(8), { fds: fds.slice(1) });
      const read = () => readWhenThere(socket, () => socket.read(8, null) as Received | null);
      const counts: [string, number][] = [];
      for (let i = 0; i < 3; i++) {
        // All of it is there, as when the reader was late.
        if (i === 0) await sleep(30);
        const { data, fds: own } = await read();
        counts.push([String(data).slice(0, 1), own.length]);
        for (const fd of own) closeSync(fd);
      }
      assert.equal(counts, [
        ['a', 0],
        ['b', 1],
        ['c', 2],
      ]);
    }),
  ),
);

t.test('descriptors that come late are told by readable, though their bytes were enough before', () =>
  withUSocket((socket, peer) =>
    withFds(1, async (fds) => {
      peer.sendSync('1234567');
      const read = readWhenThere(socket, () => socket.read(7, 1) as Received | null);
      await sleep(30);
      peer.sendSync('8', { fds });
      const received = await read;
      assert.is(String(received.data), '1234567');
      closeSync(received.fds[0] as number);
    }),
  ),
);

t.test('descriptors that come behind more bytes than are read ahead can be read', () =>
  withUSocket((socket, peer) =>
    withFds(1, async (fds) => {
      void peer.send(Buffer.alloc(300_000)).then(() => peer.send('x', { fds }));
      const { data, fds: own } = await readWhenThere(socket, () => socket.read(1, 1) as Received | null);
      assert.is(data?.length, 1);
      closeSync(own[0] as number);
    }),
  ),
);

t.test('unshift puts bytes and descriptors back, in their order', () =>
  withUSocket((socket, peer) =>
    withFds(3, async (fds) => {
      peer.sendSync('abc', { fds });
      const first = await readWhenThere(socket, () => socket.read(3, 3) as Received | null);
      socket.unshift(first.data, first.fds);
      assert.is((await thrownBy(() => socket.unshift(null, [first.fds[0] as number]))).code, 'ERR_INVALID_ARGUMENT');
      assert.equal(socket.read(1, null).fds, [], 'they came with the last byte');
      const again: Received = socket.read(2, null);
      assert.equal([String(again.data), again.fds], ['bc', first.fds]);
      socket.unshift(null, again.fds.slice(0, 1));
      const one: Received = socket.read(null, null);
      assert.equal([one.data, one.fds], [null, again.fds.slice(0, 1)]);
      for (const fd of again.fds) closeSync(fd);
    }),
  ),
);

t.test('fds is emitted before the bytes, with numbers that stay the listener’s', async () => {
  const before = await settledFds();
  let told: number[] = [];
  await withUSocket((socket, peer) =>
    withFds(1, async (fds) => {
      const noted = noteEvents(socket, 'fds', 'data');
      socket.on('fds', (numbers: number[]) => {
        told = numbers;
      });
      peer.sendSync('x', { fds });
      await next(socket, 'data');
      assert.equal([noted, told.length], [['fds', 'data'], 1]);
      assert.equal(socket.read(null, 1).fds, told);
    }),
  );
  closeSync(told[0] as number);
  await untilOpen(before);
});

// --- writing

const WRITTEN: { name: string; in: Written; encoding?: BufferEncoding; out: string }[] = [
  { name: 'a string', in: 'é', out: 'é' },
  { name: 'a string of an encoding', in: '616263', encoding: 'hex', out: 'abc' },
  { name: 'a Buffer', in: Buffer.from('abc'), out: 'abc' },
  { name: 'a Uint8Array', in: Uint8Array.of(97), out: 'a' },
  { name: '{ data }', in: { data: Buffer.from('abc') }, out: 'abc' },
  { name: '{ data: string }', in: { data: 'abc', fds: [] }, out: 'abc' },
];
for (const { name, in: written, encoding, out } of WRITTEN) {
  t.test(`${name} is written, and its callback called`, () =>
    withUSocket(async (socket, peer) => {
      await new Promise<void>((resolve, reject) => {
        socket.write(written, encoding, (error) => (error ? reject(error) : resolve()));
      });
      assert.is(String(arrived(await peer.receive()).data), out);
    }),
  );
}

for (const [name, written] of [
  ['a number', 5],
  ['an empty object', {}],
  ['bytes that are none', { data: 5 }],
  ['descriptors that are no list', { data: 'x', fds: 5 }],
  ['a callback that is none', { data: 'x', callback: 5 }],
  ['a descriptor that is not open', { data: 'x', fds: [2 ** 20] }],
  ['254 descriptors', { data: 'x', fds: new Array(254).fill(0) }],
  ['254 descriptors and no byte', new Array(254).fill(0)],
] as [string, Written][]) {
  t.test(`${name} is an error of the write, then close, and nothing is sent`, () =>
    withUSocket(async (socket, peer) => {
      const error = new Promise<unknown>((resolve) => socket.write(written, (failure) => resolve(failure)));
      const noted = noteEvents(socket, 'error', 'close');
      await new Promise((resolve) => socket.once('close', resolve));
      assert.ok((await error) instanceof Error);
      assert.equal(noted, ['error', 'close']);
      assert.is(await peer.receive(), null);
    }),
  );
}

t.test('{ data, fds, callback } sends both, and the descriptors may be closed in the callback', () =>
  withUSocket(async (socket, peer) => {
    const fds = [openSync('/dev/null', 'r'), openSync('/dev/zero', 'r')];
    const written: Written = {
      data: 'abc',
      fds,
      callback: (given) => {
        assert.is(given, written);
        for (const fd of fds) closeSync(fd);
      },
    };
    socket.write(written);
    const { data, fds: own } = arrived(await peer.receive());
    assert.equal([String(data), own.map(({ fd }) => targetOf(fd))], ['abc', ['/dev/null', '/dev/zero']]);
    for (const fd of own) fd.close();
    for (const fd of fds) assert.throws(() => fstatSync(fd), /EBADF/);
  }),
);

t.test('the lists that are written may be changed at once', () =>
  withUSocket((socket, peer) =>
    withFds(2, async (fds) => {
      const list = [...fds];
      socket.cork();
      socket.write({ data: 'x', fds: list });
      list.length = 0;
      socket.uncork();
      const { fds: own } = arrived(await peer.receive());
      assert.is(own.length, 2);
      for (const fd of own) fd.close();
    }),
  ),
);

t.test('descriptors with no byte go with the next byte, though they were closed meanwhile', () =>
  withUSocket(async (socket, peer) => {
    const fd = openSync('/dev/zero', 'r');
    await new Promise<void>((resolve) => socket.write([fd], () => resolve()));
    closeSync(fd);
    await withFds(1, async (fds) => {
      socket.write(fds);
      socket.write('');
      await sleep(20);
      assert.is((await thrownBy(() => peer.receiveSync())).code, 'EAGAIN');
      socket.write({ data: 'x', fds });
      const { fds: own } = arrived(await peer.receive());
      assert.equal(
        own.map((each) => targetOf(each.fd)),
        ['/dev/zero', '/dev/null', '/dev/null'],
      );
      for (const each of own) each.close();
      socket.write('y');
      assert.equal(arrived(await peer.receive()).fds, [], 'they go once');
    });
  }),
);

t.test('descriptors that no byte ever followed are an error at the end, and are closed', async () => {
  const before = await settledFds();
  await withUSocket((socket, peer) =>
    withFds(1, async (fds) => {
      socket.end(fds);
      assert.match((await next<Error>(socket, 'error')).message, /1 descriptors were written with no byte/);
      assert.is(await peer.receive(), null);
    }),
  );
  await untilOpen(before);
});

t.test('more than 64 descriptors pass, all of them', () =>
  withUSocket((socket, peer) =>
    withFds(253, async (fds) => {
      socket.write({ data: 'x', fds });
      const { fds: own } = arrived(await peer.receive());
      peer.sendSync('y', { fds: own });
      for (const fd of own) fd.close();
      const back = await readWhenThere(socket, () => socket.read(1, null) as Received | null);
      assert.is(back.fds.length, 253);
      for (const fd of back.fds) {
        assert.ok(isCloseOnExec(fd));
        closeSync(fd);
      }
    }),
  ),
);

t.test('under back-pressure every descriptor comes, in order, with its own bytes', async () => {
  const before = await settledFds();
  const { below } = random(seed());
  await withTempDir((folder) =>
    withUSocket(async (socket, peer) => {
      const expected: string[] = [];
      let told = 0;
      for (let i = 0; i < 400; i++) {
        const data = Buffer.alloc(1 + below(below(9) === 0 ? 200_000 : 2000), i);
        const count = below(4) === 0 ? 0 : 1 + below(3);
        const fds = Array.from({ length: count }, (_, k) => openSync(join(folder, `${i}-${k}`), 'w'));
        expected.push(...fds.map((fd) => `${i & 255} ${inodeOf(fd)}`));
        const callback = () => {
          told++;
          for (const fd of fds) closeSync(fd);
        };
        socket.write({ data, fds, callback });
      }
      socket.end();
      const came: string[] = [];
      let size = 0;
      for await (const { data, fds } of peer) {
        size += data.length;
        if (below(5) === 0) await sleep(1);
        for (const owned of fds) {
          came.push(`${data.at(-1)} ${inodeOf(owned.fd)}`);
          owned.close();
        }
      }
      assert.is(told, 400);
      assert.equal(came.map(inode), expected.map(inode));
      assert.equal(came.length > 200, true);
      assert.ok(size > 400);
    }),
  );
  await untilOpen(before);
});

const inode = (text: string) => text.split(' ')[1];

// --- ending

t.test('end half-closes; end and close come when the peer has ended, too', () =>
  withUSocket(async (socket, peer) => {
    const noted = noteEvents(socket, 'end', 'finish', 'close', 'error');
    socket.resume();
    socket.end('last');
    assert.is(String(arrived(await peer.receive()).data), 'last');
    assert.is(await peer.receive(), null);
    peer.sendSync('still');
    await until('it has ended', () => noted.length > 0);
    await sleep(20);
    assert.equal(noted, ['finish']);
    await peer.close();
    await next(socket, 'close');
    assert.equal(noted, ['finish', 'end', 'close']);
    assert.is(socket.fd, undefined);
  }),
);

t.test('one that only writes closes when the peer does, though nobody reads', () =>
  withUSocket(async (socket, peer) => {
    socket.end('x');
    await peer.receive();
    await peer.close();
    await next(socket, 'close');
  }),
);

t.test('what came before the end can be read after both have ended', () =>
  withUSocket((socket, peer) =>
    withFds(1, async (fds) => {
      peer.sendSync('late', { fds });
      await peer.close();
      socket.end();
      await until('the connection is closed', () => socket.fd === undefined);
      const { data, fds: own } = await readWhenThere(socket, () => socket.read(4, null) as Received | null);
      assert.equal([String(data), own.length], ['late', 1]);
      closeSync(own[0] as number);
      await next(socket.resume(), 'close');
    }),
  ),
);

t.test('allowHalfOpen: false ends with the peer', async () => {
  const [mine, peer] = socketpair();
  const socket = new USocket({ fd: mine.release(), allowHalfOpen: false });
  socket.resume();
  await peer.end();
  await next(socket, 'close');
  assert.is(await peer.receive(), null);
  peer.closeSync();
});

t.test('destroy closes at once, with all descriptors that were not read, and emits nothing more', async () => {
  const before = await settledFds();
  await withUSocket((socket, peer) =>
    withFds(5, async (fds) => {
      const noted = noteEvents(socket, 'end', 'close', 'error', 'finish', 'connected');
      peer.sendSync('abc', { fds });
      await next(socket, 'readable');
      socket.write(fds);
      await sleep(5);
      const count = openFds().length;
      socket.destroy();
      assert.is(socket.fd, undefined);
      assert.is(socket.read(1, null), null);
      await untilOpen(
        before
          .concat(openFds().filter((fd) => !before.includes(fd) && fds.includes(fd)))
          .concat(peer.fd)
          .sort((a, b) => a - b),
      );
      assert.ok(openFds().length <= count - 11, `${count} were open, now ${openFds().length}`);
      assert.is(await peer.receive(), null);
      await sleep(10);
      assert.equal(noted, []);
    }),
  );
  await untilOpen(before);
});

t.test('destroyed while it connects, it never connects, and leaves nothing open', () =>
  withServer(async (path) => {
    const before = await settledFds();
    const socket = new USocket(path, () => assert.unreachable());
    const noted = noteEvents(socket, 'connected', 'error', 'close');
    socket.destroy();
    await sleep(30);
    assert.equal(noted, []);
    // The connection that was made is the server's.
    assert.ok(openFds().length <= before.length + 1);
  }),
);

t.test('destroyed while it waits for a place in the backlog, it gives that up', () =>
  withTempDir(async (folder) => {
    const path = join(folder, 's');
    const listener = await UnixListener.listen(path, { backlog: 0 });
    const others: UnixStream[] = [];
    assert.is(
      (
        await thrownBy(() => {
          for (;;) others.push(UnixStream.connectSync(path));
        })
      ).code,
      'EAGAIN',
    );
    const socket = new USocket(path);
    await sleep(10);
    socket.destroy();
    for (const other of others) {
      (await listener.accept()).closeSync();
      other.closeSync();
    }
    await sleep(120);
    assert.is((await thrownBy(() => listener.acceptSync())).code, 'EAGAIN');
    await listener.close();
  }),
);

t.test('a peer that is gone is an error of the write, and close', () =>
  withUSocket(async (socket, peer) => {
    peer.closeSync();
    socket.write('x');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const error = await next<NodeJS.ErrnoException>(socket, 'error');
    assert.is(error.code, 'EPIPE');
    await closed;
  }),
);

t.test('what a listener throws is an uncaught exception, and the socket goes on', async () => {
  const { stdout, stderr, code } = await run(
    script(`
      import { socketpair } from 'ancillary';
      import { USocket } from 'ancillary/usocket';
      const [mine, peer] = socketpair();
      const socket = new USocket({ fd: mine.release() });
      process.on('uncaughtException', ({ message }) => console.log('uncaught', message));
      socket.on('data', (data) => {
        console.log(String(data));
        if (String(data) === 'one') throw new Error('mine');
        socket.destroy();
      });
      peer.sendSync('one');
      setTimeout(() => peer.sendSync('two'), 20);
    `),
  );
  assert.equal([stdout.toString(), stderr, code], ['one\nuncaught mine\ntwo\n', '', 0]);
});

t.test('sockets that are ready at once are told one after the other, each with its promises', async () => {
  const pairs = Array.from({ length: 4 }, () => socketpair());
  const order: string[] = [];
  const sockets = pairs.map(([mine], i) => {
    const socket = new USocket({ fd: mine.release() });
    socket.on('data', async () => {
      order.push(`${i}`);
      for (let k = 0; k < 10; k++) await undefined;
      order.push(`${i}+`);
    });
    return socket;
  });
  await sleep(10);
  for (const [, peer] of pairs) (peer as UnixStream).sendSync('x');
  await until('all are told', () => order.length === 8);
  for (let i = 0; i < 8; i += 2) assert.is(`${order[i]}+`, order[i + 1]);
  for (const socket of sockets) socket.destroy();
  for (const [, peer] of pairs) peer.closeSync();
});

t.test('in a worker descriptors pass as well', async () => {
  const printed = await threads(
    `
      const require = createRequire(process.cwd() + '/x.js');
      const { USocket } = require('ancillary/usocket');
      const [mine, peer] = socketpair();
      const socket = new USocket({ fd: mine.release() });
      socket.once('readable', () => {
        const { data, fds } = socket.read(1, 1);
        socket.write({ data: String(data) + fs.readlinkSync('/proc/self/fd/' + fds[0]), fds });
      });
      const file = fs.openSync('/dev/zero', 'r');
      peer.sendSync('x', { fds: [file] });
      fs.closeSync(file);
      peer.receive({ maxFds: 1 }).then(({ data, fds }) => {
        parentPort.postMessage(data + ' ' + fs.readlinkSync('/proc/self/fd/' + fds[0].fd));
        closeAll(fds);
        socket.destroy();
        peer.closeSync();
      });
    `,
    `
      const worker = new Worker(url);
      worker.on('message', (text) => console.log(text));
      await once(worker, 'exit');
    `,
  );
  assert.is(printed, 'x/dev/zero /dev/zero');
});

t.run();
