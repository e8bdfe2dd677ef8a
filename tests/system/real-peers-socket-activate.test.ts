/** `systemd-socket-activate` starts programs of ours with the sockets that it listens at, and with connections. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { UnixDatagram, UnixSeqpacket, UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';
import { peerTests } from '../support/peer-test.js';
import { isListening, Running, script, until } from '../support/process.js';
import { suite } from '../support/suite.js';
import { lacks } from '../support/tools.js';

const t = suite('real-peers-socket-activate');
const test = peerTests(t);

const noActivate = lacks('systemd-socket-activate', '--version');
const WAIT = { timeout: 20_000 };

/** What every program does first; it ends by itself if nobody ends it. */
const PROGRAM = `
  import { readFileSync } from 'node:fs';
  import { closeAll, UnixDatagram, UnixStream } from 'ancillary';
  import { listenFds, toListeners } from 'ancillary/notify';
  setTimeout(() => process.exit(9), 15_000).unref();
  const say = (...words) => console.log(words.join(' '));
  const variables = () => Object.keys(process.env).filter((name) => name.startsWith('LISTEN_')).length;
  /** Sends what it gets, and the text of each file that came with it. */
  const answer = ({ data, fds }) => {
    const texts = fds.map(({ fd }) => readFileSync(fd, 'utf8'));
    closeAll(fds);
    return [data, ...texts].join(' ');
  };
`;

/** Runs a program of ours under systemd-socket-activate, once somebody connects or sends. */
async function withActivated<T>(options: string[], text: string, fn: (manager: Running) => Promise<T>): Promise<T> {
  const manager = new Running(['systemd-socket-activate', ...options, ...script(PROGRAM + text)]);
  try {
    return await fn(manager);
  } finally {
    await manager.end();
  }
}

/** A port of this machine that nobody listens at; somebody else may take it before we do. */
async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Runs `fn` with an open file that holds `passed`. */
async function withFile<T>(folder: string, fn: (file: Awaited<ReturnType<typeof open>>) => Promise<T>): Promise<T> {
  const path = join(folder, 'file');
  writeFileSync(path, 'passed');
  const file = await open(path);
  try {
    return await fn(file);
  } finally {
    await file.close();
  }
}

const RECEIVES = { maxFds: 1, ...WAIT };

test(
  noActivate,
  'a program gets its Unix and its TCP listener by name, and takes the connection that woke it',
  async (folder) => {
    const path = join(folder, 's');
    const port = await findPort();
    const options = ['-l', path, '-l', `127.0.0.1:${port}`, '--fdname=local:web'];
    const text = `
    const listeners = toListeners(listenFds(), { nonblocking: true });
    say(listeners.map(({ name }) => name), variables(), listenFds().length);
    const [{ listener: local }, { listener: web }] = listeners;
    web.on('connection', (socket) => socket.end('hello'));
    const stream = await local.accept();
    await stream.send(answer(await stream.receive({ maxFds: 1 })));
    stream.closeSync();
    await new Promise((resolve) => web.once('connection', (socket) => socket.once('close', resolve)));
    local.closeSync();
    web.close(() => say('end'));
  `;
    await withActivated(options, text, async (manager) => {
      await until('it listens', () => isListening(path));
      await withFile(folder, async (file) => {
        const stream = await UnixStream.connect(path);
        await stream.send('got', { fds: [file] });
        assert.is((await stream.receive(RECEIVES))?.data.toString(), 'got passed');
        assert.is(await stream.receive(RECEIVES), null);
        stream.closeSync();
      });
      const client = connect(port, '127.0.0.1');
      const [greeting] = await once(client, 'data');
      assert.is(`${greeting}`, 'hello');
      await once(client, 'close');
      const { code, stdout } = await manager.ended;
      assert.equal([code, stdout.toString()], [0, 'local,web 0 0\nend\n'], manager.stderr);
    });
  },
);

test(noActivate, 'a listener that comes blocking is refused until that is said, and stays open', async (folder) => {
  const path = join(folder, 's');
  const text = `
    const fds = listenFds();
    try { toListeners(fds); } catch (error) { say(error.code, /blocking/.test(error.message)); }
    const [{ listener }] = toListeners(fds, { nonblocking: true });
    (await listener.accept()).closeSync();
    listener.closeSync();
  `;
  await withActivated(['-l', path], text, async (manager) => {
    await until('it listens', () => isListening(path));
    const stream = await UnixStream.connect(path);
    assert.is(await stream.receive(RECEIVES), null);
    stream.closeSync();
    const { code, stdout } = await manager.ended;
    assert.equal([code, stdout.toString()], [0, 'ERR_INVALID_ARGUMENT true\n'], manager.stderr);
  });
});

test(noActivate, 'a program takes the records and descriptors of a seqpacket listener', async (folder) => {
  const path = join(folder, 's');
  const text = `
    const [{ listener, name }] = toListeners(listenFds(), { nonblocking: true });
    say(name);
    const connection = await listener.accept();
    for (let message; (message = await connection.receive({ maxFds: 1 })); ) await connection.send(answer(message));
    connection.closeSync();
    listener.closeSync();
  `;
  await withActivated(['--seqpacket', '-l', path], text, async (manager) => {
    await until('it listens', () => isListening(path));
    await withFile(folder, async (file) => {
      const connection = await UnixSeqpacket.connect(path);
      await connection.send('one', { fds: [file] });
      await connection.send('');
      assert.is((await connection.receive(RECEIVES))?.data.toString(), 'one passed');
      assert.is((await connection.receive(RECEIVES))?.data.toString(), '');
      connection.closeSync();
    });
    const { code, stdout } = await manager.ended;
    assert.equal([code, stdout.toString()], [0, 'unknown\n'], manager.stderr);
  });
});

test(noActivate, 'a program takes the datagram that woke it, with its descriptor, and answers', async (folder) => {
  const path = join(folder, 's');
  const text = `
    const [{ fd, name }] = listenFds();
    say(name);
    const receiver = UnixDatagram.adopt(fd, { maxFds: 1 });
    const message = await receiver.receive();
    await receiver.send(answer(message), { to: message.from });
    receiver.closeSync();
  `;
  await withActivated(['--datagram', '-l', path, '--fdname=log'], text, async (manager) => {
    const own = await UnixDatagram.bind({ autobind: true });
    await withFile(folder, async (file) => {
      const isThere = () => own.sendSync('one', { fds: [file], to: path });
      await until('it is bound', () => {
        try {
          return isThere();
        } catch {
          return false;
        }
      });
      assert.is((await own.receive(RECEIVES)).data.toString(), 'one passed');
    });
    own.closeSync();
    const { code, stdout } = await manager.ended;
    assert.equal([code, stdout.toString()], [0, 'log\n'], manager.stderr);
  });
});

for (const { name, options, take } of [
  { name: 'as its first descriptor', options: [], take: 'UnixStream.adopt(listenFds()[0].fd)' },
  { name: 'as its standard input and output', options: ['--inetd'], take: 'UnixStream.adopt(0)' },
]) {
  test(noActivate, `each connection starts a program, which has it ${name}`, async (folder) => {
    const path = join(folder, 's');
    const text = `
      const stream = ${take};
      await stream.send(answer(await stream.receive({ maxFds: 1 })));
      stream.closeSync();
    `;
    await withActivated(['--accept', ...options, '-l', path], text, async () => {
      await until('it listens', () => isListening(path));
      await withFile(folder, async (file) => {
        for (const word of ['one', 'two']) {
          const stream = await UnixStream.connect(path);
          const peer = stream.peerCredentials;
          assert.is(peer.uid, process.geteuid?.());
          await stream.send(word, { fds: [file] });
          assert.is((await stream.receive(RECEIVES))?.data.toString(), `${word} ${word === 'one' ? 'passed' : ''}`);
          stream.closeSync();
        }
      });
    });
  });
}

t.run();
