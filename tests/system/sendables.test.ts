/** Everything in Node that has a descriptor can be sent as one; what has none, or none any more, says so. */
import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { createReadStream, createWriteStream, fstatSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { connect, createServer, type Server, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { runInNewContext } from 'node:vm';
import { memfd, openPty, pipe, type Sendable, socketpair, toReadStream, toTty } from 'ancillary';
import * as assert from 'uvu/assert';
import { datagramState } from '../../host/fd/sendable.js';
import { arrived } from '../support/arrived.js';
import { settledFds, untilOpen } from '../support/descriptors.js';
import { sleep } from '../support/process.js';
import { withPair } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';
import { openWhatStays } from '../support/warm.js';

const t = suite('sendables');

type Close = () => unknown;
/** What is sent, the number of its descriptor, and what closes it. */
type Make = () => Promise<[value: unknown, fd: number, close: Close]>;

const handleOf = (value: unknown) => (value as { _handle: { fd: number } })._handle.fd;

async function listening(): Promise<Server> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function connected(): Promise<[Socket, Close]> {
  const server = await listening();
  server.on('connection', (accepted) => accepted.resume());
  const socket = connect((server.address() as { port: number }).port, '127.0.0.1');
  await once(socket, 'connect');
  return [
    socket,
    () => {
      socket.destroy();
      server.close();
    },
  ];
}

async function bound(): Promise<DatagramSocket> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return socket;
}

const MAKERS: Record<string, Make> = {
  'a number': async () => {
    const owned = memfd('x');
    return [owned.fd, owned.fd, () => owned.close()];
  },
  'an OwnedFd': async () => {
    const owned = memfd('x');
    return [owned, owned.fd, () => owned.close()];
  },
  'a FileHandle': async () => {
    const handle = await open('/proc/self/status');
    return [handle, handle.fd, () => handle.close()];
  },
  'a net.Socket': async () => {
    const [socket, close] = await connected();
    return [socket, handleOf(socket), close];
  },
  'a net.Server': async () => {
    const server = await listening();
    return [server, handleOf(server), () => server.close()];
  },
  'a dgram.Socket': async () => {
    const socket = await bound();
    return [socket, datagramState(socket)?.handle?.fd ?? -1, () => socket.close()];
  },
  'an fs.ReadStream': async () => {
    const stream = createReadStream('/proc/self/status');
    await once(stream, 'open');
    return [stream, (stream as unknown as { fd: number }).fd, () => stream.destroy()];
  },
  'an fs.WriteStream': async () => {
    const stream = createWriteStream('/dev/null');
    await once(stream, 'open');
    return [stream, (stream as unknown as { fd: number }).fd, () => stream.destroy()];
  },
  'a terminal stream': async () => {
    const { master, slave } = openPty();
    const stream = toTty(slave);
    return [
      stream,
      handleOf(stream),
      () => {
        stream.destroy();
        master.close();
      },
    ];
  },
  'the stream of a pipe': async () => {
    const { read, write } = pipe();
    const stream = toReadStream(read);
    return [
      stream,
      handleOf(stream),
      () => {
        stream.destroy();
        write.close();
      },
    ];
  },
  'a UnixStream': async () => {
    const [a, b] = socketpair();
    return [
      a,
      a.fd,
      () => {
        a.closeSync();
        b.closeSync();
      },
    ];
  },
  'an object of another realm with a descriptor': async () => {
    const owned = memfd('x');
    return [runInNewContext('({ fd })', { fd: owned.fd }), owned.fd, () => owned.close()];
  },
};

t.before(openWhatStays);

for (const [name, make] of Object.entries(MAKERS)) {
  for (const api of ['send', 'sendSync'] as const) {
    t.test(`${api} passes the descriptor of ${name}, which stays open here`, async () => {
      const before = await settledFds();
      await withPair(async (a, b) => {
        const [value, fd, close] = await make();
        const { ino, dev } = fstatSync(fd);
        await a[api]('x', { fds: [value as Sendable] });
        const { fds } = arrived(b.receiveSync({ maxFds: 1 }));
        const stat = fds[0]?.stat();
        assert.equal([stat?.dev, stat?.ino], [dev, ino]);
        fds[0]?.close();
        assert.is(fstatSync(fd).ino, ino);
        await close();
      });
      await untilOpen(before);
    });
  }
}

/** What cannot be sent, and what is said of it. */
const REFUSED: Record<string, { make: () => unknown; code: string; message: RegExp }> = {
  'a net.Socket that was never connected': {
    make: () => new Socket(),
    code: 'ERR_CLOSED',
    message: /^this socket is not connected: it has no descriptor to pass$/,
  },
  'a net.Socket that is being connected': {
    make: () => {
      const socket = connect(9, '127.0.0.1');
      socket.on('error', () => {});
      return Object.assign(socket, {});
    },
    code: 'ERR_CLOSED',
    message: /^this socket is not connected yet/,
  },
  'a net.Socket that was destroyed': {
    make: async () => {
      const [socket, close] = await connected();
      await close();
      return socket;
    },
    code: 'ERR_CLOSED',
    message: /^this socket is closed/,
  },
  'a net.Server that does not listen': {
    make: () => createServer(),
    code: 'ERR_CLOSED',
    message: /^this server is not listening/,
  },
  'a net.Server that was closed': {
    make: async () => (await listening()).close(),
    code: 'ERR_CLOSED',
    message: /^this server is not listening/,
  },
  'a dgram.Socket that is not bound': {
    make: () => {
      const socket = createSocket('udp4');
      setTimeout(() => socket.close(), 50);
      return socket;
    },
    code: 'ERR_CLOSED',
    message: /^this datagram socket is not bound yet: it has no descriptor to pass$/,
  },
  'a dgram.Socket that was closed': {
    make: async () => (await bound()).close(),
    code: 'ERR_CLOSED',
    message: /^this datagram socket is closed/,
  },
  'an fs.ReadStream that is not open yet': {
    make: () => createReadStream('/dev/null').resume(),
    code: 'ERR_CLOSED',
    message: /^this file is not open yet/,
  },
  'an fs.ReadStream that was closed': {
    make: async () => {
      const stream = createReadStream('/dev/null').resume();
      await once(stream, 'close');
      return stream;
    },
    code: 'ERR_CLOSED',
    message: /^this file is closed/,
  },
  'a FileHandle that was closed': {
    make: async () => {
      const handle = await open('/dev/null');
      await handle.close();
      return handle;
    },
    code: 'ERR_CLOSED',
    message: /^this file is closed/,
  },
  'an OwnedFd that was closed': {
    make: () => {
      const owned = memfd('x');
      owned.close();
      return owned;
    },
    code: 'ERR_CLOSED',
    message: /^this descriptor has been closed or released/,
  },
  'a TLS socket': {
    make: () => new TLSSocket(new Socket()),
    code: 'ERR_UNSUPPORTED',
    message: /^a TLS socket: .*keys/,
  },
  'a server whose descriptor is in another process': {
    make: () => Object.assign(createServer(), { _handle: { close: () => {} } }),
    code: 'ERR_UNSUPPORTED',
    message: /^this server has no descriptor of its own in this process/,
  },
};

for (const [name, { make, code, message }] of Object.entries(REFUSED)) {
  t.test(`${name} is refused in one line that says so, and nothing is sent`, () =>
    withPair(async (a, b) => {
      const value = (await make()) as Sendable;
      // Both in this very turn: what is being connected or opened may be it in the next.
      const errors = [
        thrownBy(() => a.send('x', { fds: [0, value] })),
        thrownBy(() => a.sendSync('x', { fds: [0, value] })),
      ];
      for (const error of await Promise.all(errors)) {
        assert.is(error.code, code, error.message);
        assert.match(error.message, message);
      }
      assert.is((await thrownBy(() => b.receiveSync())).code, 'EAGAIN');
      (value as { destroy?(): void }).destroy?.();
    }),
  );
}

t.test('a socket that is closed while its message waits is sent all the same: it was duplicated', () =>
  withPair(async (a, b) => {
    const [socket, close] = await connected();
    const { ino } = fstatSync(handleOf(socket));
    let isFull = false;
    while (!isFull) {
      try {
        a.sendSync(Buffer.alloc(65536));
      } catch {
        isFull = true;
      }
    }
    const sending = a.send('x', { fds: [socket] });
    await close();
    for (;;) {
      const { fds } = arrived(b.receiveSync({ maxFds: 1 }));
      if (fds.length > 0) {
        assert.is(fds[0]?.stat().ino, ino);
        fds[0]?.close();
        break;
      }
      await sleep(1);
    }
    await sending;
  }),
);

t.test('to ask a dgram.Socket for its descriptor warns of nothing deprecated', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on('warning', note);
  const socket = await bound();
  await withPair(async (a, b) => {
    await a.send('x', { fds: [socket] });
    for (const fd of arrived(b.receiveSync({ maxFds: 1 })).fds) fd.close();
  });
  socket.close();
  await new Promise((resolve) => setTimeout(resolve, 10));
  process.off('warning', note);
  assert.equal(warnings, []);
});

t.run();
