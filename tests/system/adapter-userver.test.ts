/** UServer of `ancillary/usocket` accepts as the package's does, and takes no socket file away that is in use. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { UnixStream } from 'ancillary';
import { UServer, type UServerOptions, USocket } from 'ancillary/usocket';
import * as assert from 'uvu/assert';
import { settledFds, untilOpen } from '../support/descriptors.js';
import { Running, run, script, sleep, until } from '../support/process.js';
import { suite, thrownBy } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { next, noteEvents } from '../support/usockets.js';

const t = suite('userver');

const withServer = (fn: (server: UServer, path: string) => unknown) => () =>
  withTempDir(async (folder) => {
    const server = new UServer();
    try {
      await fn(server, join(folder, 's'));
    } finally {
      server.close();
    }
    assert.equal(readdirSync(folder), [], 'the socket file is left');
  });

const FORMS: [string, (server: UServer, path: string, onListening: () => void) => void][] = [
  ['listen(path, callback)', (server, path, call) => server.listen(path, call)],
  ['listen(path, backlog, callback)', (server, path, call) => server.listen(path, 5, call)],
  ['listen(path, 0, callback)', (server, path, call) => server.listen(path, 0, call)],
  ['listen({ path }, callback)', (server, path, call) => server.listen({ path }, call)],
  ['listen({ path, backlog }, callback)', (server, path, call) => server.listen({ path, backlog: 5 }, call)],
];
for (const [name, listen] of FORMS) {
  t.test(
    `${name} listens, and calls back`,
    withServer(async (server, path) => {
      let calls = 0;
      listen(server, path, () => calls++);
      assert.equal([server.listening, calls], [false, 0]);
      await next(server, 'listening');
      assert.equal([server.listening, typeof server.fd, calls], [true, 'number', 1]);
      assert.match((await thrownBy(() => server.listen(path))).message, /^listen on already listened/);
      const accepted = next<USocket>(server, 'connection');
      (await UnixStream.connect(path)).closeSync();
      const connection = await accepted;
      assert.instance(connection, USocket);
      connection.destroy();
      server.close();
      assert.equal([server.listening, server.fd, existsSync(path)], [false, undefined, false]);
    }),
  );
}

t.test(
  'what is no path, or no backlog, is refused',
  withServer(async (server, path) => {
    for (const [place, backlog] of [
      [5],
      [undefined],
      [null],
      [{}],
      [path, -1],
      [path, 'x'],
      [{ path, backlog: 1.5 }],
    ]) {
      const error = await thrownBy(() => server.listen(place as unknown as string, backlog as number));
      assert.is(error.code, 'ERR_INVALID_ARGUMENT');
    }
    assert.is(server.listenerCount('listening'), 0);
  }),
);

t.test(
  'a connection has read nothing yet: it starts paused',
  withServer(async (server, path) => {
    server.listen(path);
    await next(server, 'listening');
    const accepted = next<USocket>(server, 'connection');
    const peer = await UnixStream.connect(path);
    peer.sendSync('x');
    const connection = await accepted;
    const noted = noteEvents(connection, 'end', 'error', 'close');
    await sleep(20);
    assert.equal([connection.readableFlowing, connection.readableLength, noted], [null, 0, []]);
    assert.is(String(await next(connection, 'data')), 'x');
    connection.destroy();
    peer.closeSync();
  }),
);

t.test(
  'paused it accepts nothing, and nothing is lost',
  withServer(async (server, path) => {
    const noted = noteEvents(server, 'connection');
    const connections: USocket[] = [];
    server.on('connection', (connection) => connections.push(connection));
    server.pause();
    server.listen(path);
    await next(server, 'listening');
    const peers = [await UnixStream.connect(path)];
    await sleep(20);
    assert.equal([noted.length, server.paused], [0, true]);
    server.resume();
    while (noted.length === 0) await sleep(1);
    // In the middle of accepting, and more than once.
    for (let i = 0; i < 5; i++) {
      peers.push(await UnixStream.connect(path));
      server.pause();
      await sleep(5);
      const { length } = noted;
      peers.push(await UnixStream.connect(path));
      await sleep(5);
      assert.is(noted.length, length, 'accepted while paused');
      server.resume();
      server.pause();
      server.resume();
    }
    await until('all are told of', () => noted.length >= peers.length);
    assert.is(noted.length, peers.length);
    for (const socket of connections) socket.destroy();
    for (const peer of peers) peer.closeSync();
  }),
);

t.test(
  'paused within a connection, it emits no other before it is resumed',
  withServer(async (server, path) => {
    const connections: USocket[] = [];
    server.on('connection', (connection) => {
      connections.push(connection);
      server.pause();
    });
    server.pause();
    server.listen(path);
    await next(server, 'listening');
    const peers = await Promise.all([1, 2, 3].map(() => UnixStream.connect(path)));
    for (let i = 1; i <= 3; i++) {
      server.resume();
      await until('the next is told of', () => connections.length >= i);
      await sleep(20);
      assert.is(connections.length, i);
    }
    for (const socket of connections) socket.destroy();
    for (const peer of peers) assert.is(await peer.receive(), null);
    for (const peer of peers) peer.closeSync();
  }),
);

t.test('close leaves accepted connections open, closes the others, emits nothing, and lets it listen again', () =>
  withTempDir(async (folder) => {
    const before = await settledFds();
    const server = new UServer();
    const noted = noteEvents(server, 'close', 'error');
    for (let i = 0; i < 2; i++) {
      server.listen(join(folder, 's'));
      await next(server, 'listening');
      const accepted = next<USocket>(server, 'connection');
      const peer = await UnixStream.connect(join(folder, 's'));
      const connection = await accepted;
      server.close();
      server.close();
      connection.write('x');
      assert.is(String((await peer.receive())?.data), 'x');
      connection.destroy();
      peer.closeSync();
    }
    assert.equal(noted, []);
    await untilOpen(before);
  }),
);

t.test('a socket file that nobody listens at is replaced; anything else is an error, and is left', () =>
  withTempDir(async (folder) => {
    const path = join(folder, 's');
    await run(
      script(
        `import net from 'node:net'; net.createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 9));`,
      ),
    );
    assert.ok(existsSync(path));
    const server = new UServer();
    server.listen(path);
    await next(server, 'listening');
    const second = new UServer();
    second.listen(path);
    assert.is(((await next(second, 'error')) as NodeJS.ErrnoException).code, 'EADDRINUSE');
    assert.is(second.listening, false);
    (await UnixStream.connect(path)).closeSync();
    server.close();
    writeFileSync(path, 'mine');
    second.listen({ path } satisfies UServerOptions);
    assert.is(((await next(second, 'error')) as NodeJS.ErrnoException).code, 'EADDRINUSE');
    assert.ok(existsSync(path));
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(join(folder, 'n'), resolve));
    second.listen(join(folder, 'n'));
    assert.is(((await next(second, 'error')) as NodeJS.ErrnoException).code, 'EADDRINUSE');
    other.close();
  }),
);

t.test('while it listens the process lives; paused, or closed, it does not hold it', async () => {
  for (const [what, lives] of [
    ['', true],
    ['server.pause()', false],
    ['server.close()', false],
  ] as const) {
    const running = new Running(
      script(`
        import { UServer } from 'ancillary/usocket';
        const server = new UServer();
        server.listen('\\0ancillary ' + process.pid, () => { console.log('listens'); ${what} });
      `),
    );
    if (lives) {
      await until('it listens', () => running.stdout.length > 0);
      await sleep(500);
      running.child.kill('SIGKILL');
    }
    assert.equal([(await running.ended).code, `${running.stdout}`], [lives ? null : 0, 'listens\n'], what);
  }
});

t.run();
