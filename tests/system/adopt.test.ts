/** Descriptors given to Node: what each becomes works, and until Node has it, its owner has. */
import { once } from 'node:events';
import { closeSync, constants, existsSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { createServer as createHttpServer, get } from 'node:http';
import { connect, createServer, type Server, Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { WriteStream as TtyWriteStream } from 'node:tty';
import {
  AncillaryError,
  memfd,
  OwnedFd,
  openPty,
  pipe,
  socketpair,
  toDgram,
  toFileHandle,
  toNetServer,
  toNetSocket,
  toReadStream,
  toTty,
  toWriteStream,
  UnixListener,
  type UnixStream,
} from 'ancillary';
import * as assert from 'uvu/assert';
import { handOver } from '../../host/adopt/hand-over.js';
import { AF_INET, AF_INET6, F_GETFL, F_SETFL, SO_PASSRIGHTS, SOL_SOCKET } from '../../host/libc/constants.js';
import { native } from '../../host/libc/native.js';
import { arrived } from '../support/arrived.js';
import { settledFds, untilOpen } from '../support/descriptors.js';
import { bare, hasIpv6, pairOf, tcpPair } from '../support/kinds.js';
import { leavingNothing } from '../support/leaves-nothing.js';
import { enable, limitFiles, sendFlagged } from '../support/native.js';
import { run, script, sleep } from '../support/process.js';
import { suite, thrownBy } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { openWhatStays } from '../support/warm.js';

const t = suite('adopting');

const { O_NONBLOCK } = constants;
const STREAM = 1;
const DATAGRAM = 2;
const ALLOWED = { nonblocking: true };

const isNonblocking = (owned: { readonly fd: number }) =>
  (native().libc.fcntl(owned.fd, F_GETFL, 0) & O_NONBLOCK) !== 0;

function makeNonblocking(owned: OwnedFd): OwnedFd {
  native().libc.fcntl(owned.fd, F_SETFL, O_NONBLOCK);
  return owned;
}

/** What a stream reads until its end. Not by a loop, whose end destroys what may still be written to. */
async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk) => chunks.push(chunk));
  await once(stream, 'end');
  return Buffer.concat(chunks).toString();
}

/** Whether this kernel lets a socket refuse descriptors. */
const canRefuse = (() => {
  const [a, b] = socketpair();
  const { libc, codec, base, scratch } = native();
  codec.view.setInt32(scratch + 4, 4, true);
  const has = libc.getsockopt(a.fd, SOL_SOCKET, SO_PASSRIGHTS, base + scratch, base + scratch + 4) === 0;
  a.closeSync();
  b.closeSync();
  return has;
})();

const leavesNothing = leavingNothing(t);

t.before(openWhatStays);

for (const [name, makePair] of [
  ['a Unix stream socket', () => pairOf(STREAM)],
  ['a TCP connection', tcpPair],
] as const) {
  leavesNothing(`a net.Socket of ${name} has all that was sent before and after, both ways, to the end`, async () => {
    const [a, b] = (await makePair()) as [OwnedFd, OwnedFd];
    writeSync(b.fd, 'before, ');
    const near = toNetSocket(a, ALLOWED);
    const far = toNetSocket(b, ALLOWED);
    assert.ok(near instanceof Socket && a.closed && b.closed);
    far.end('after');
    const big = Buffer.alloc(3_000_000, 'big');
    near.end(big);
    const [there, here] = await Promise.all([textOf(far), textOf(near)]);
    assert.is(here, 'before, after');
    assert.ok(there === big.toString());
  });

  leavesNothing(`${name} that is blocking stays so, and its owner's, unless that may be changed`, async () => {
    const [a, b] = (await makePair()) as [OwnedFd, OwnedFd];
    native().libc.fcntl(a.fd, F_SETFL, 0);
    for (const options of [undefined, {}, { nonblocking: false }, { nonblocking: undefined }]) {
      const error = await thrownBy(() => toNetSocket(a, options));
      assert.is(error.code, 'ERR_UNSUPPORTED');
      assert.match(error.message, /would change O_NONBLOCK of a connected .* socket.*\{ nonblocking: true \}/);
    }
    assert.not(isNonblocking(a));
    assert.not(a.closed);
    const other = a.dup();
    const socket = toNetSocket(a, ALLOWED);
    assert.ok(isNonblocking(other));
    socket.destroy();
    // One that is non-blocking already needs no permission.
    toNetSocket(other).destroy();
    b.close();
  });
}

leavesNothing('a UnixStream becomes a net.Socket: it is closed, and what waits on it is told', async () => {
  const [a, b] = socketpair();
  const waiting = thrownBy(() => a.receive());
  const socket = toNetSocket(a, ALLOWED);
  assert.ok(a.closed);
  assert.is((await waiting).code, 'ERR_CLOSED');
  await b.send('to the socket');
  const [data] = await once(socket, 'data');
  assert.is(String(data), 'to the socket');
  socket.end('to the stream');
  assert.is(String(arrived(await b.receive()).data), 'to the stream');
  b.closeSync();
  await once(socket, 'close');
});

/** How the peer gets descriptors in line, behind something or not. */
const QUEUES: Record<string, (a: UnixStream, b: UnixStream) => unknown> = {
  'with the first byte': (_, b) => b.sendSync('x', { fds: [0] }),
  'behind other bytes': (_, b) => {
    for (let i = 0; i < 20; i++) b.sendSync(Buffer.alloc(5000));
    b.sendSync('x', { fds: [0, 1, 2] });
  },
  'behind bytes of others, on a socket that asks for credentials': (a, b) => {
    enable(a.fd, 16);
    b.sendSync('x');
    b.sendSync('y', { credentials: { pid: process.pid, uid: 65534, gid: 65534 } });
    b.sendSync('z', { credentials: { pid: process.pid, uid: 1, gid: 1 }, fds: [0] });
  },
  'as out-of-band bytes are': (_, b) => {
    b.sendSync('x');
    sendFlagged(b.fd, 'y', 1);
    b.sendSync('z', { fds: [0] });
  },
};

const isRoot = process.getuid?.() === 0;

for (const [name, queue] of Object.entries(QUEUES)) {
  if (name.includes('credentials') && !isRoot) {
    t.skip(`descriptors queued ${name}`, 'stating credentials of others needs root');
    continue;
  }
  leavesNothing(`descriptors queued ${name} are an error, and stay in line for whoever receives them`, async () => {
    const [a, b] = socketpair();
    queue(a, b);
    const before = await settledFds();
    const error = await thrownBy(() => toNetSocket(a, ALLOWED));
    assert.is(error.code, 'ERR_BUSY');
    await untilOpen(before);
    assert.not(a.closed);
    assert.not(isNonblocking(a));
    let count = 0;
    for (let end: Uint8Array = Buffer.alloc(0); !/[xz]$/.test(String(end)) || count === 0; ) {
      const { data, fds } = arrived(a.receiveSync({ maxFds: 3, maxData: 65536 }));
      for (const fd of fds) fd.close();
      count += fds.length;
      end = data;
    }
    assert.ok(count > 0);
    // Nor does anything else than before happen to later ones.
    b.sendSync('x', { fds: [0] });
    for (const fd of arrived(a.receiveSync({ maxFds: 1 })).fds) fd.close();
    toNetSocket(a, ALLOWED).destroy();
    b.closeSync();
  });
}

leavesNothing('queued descriptors are seen where no number is left for a duplicate', async () => {
  const [a, b] = socketpair();
  b.sendSync('x', { fds: [0] });
  // Everything that is bound at its first call, bound.
  await thrownBy(() => toNetSocket(a, ALLOWED));
  const before = await settledFds();
  const lowest = openSync('/dev/null', 'r');
  closeSync(lowest);
  const limit = limitFiles(0, lowest);
  try {
    assert.is((await thrownBy(() => toNetSocket(a, ALLOWED))).code, 'ERR_BUSY');
  } finally {
    limitFiles(0, limit);
  }
  assert.equal(await settledFds(), before);
  a.closeSync();
  b.closeSync();
});

leavesNothing(
  'bytes of several senders without descriptors come whole, also where credentials were asked for',
  async () => {
    const [a, b] = socketpair();
    enable(a.fd, 16);
    for (const pid of [0, 1, 2])
      b.sendSync(`part ${pid} `, isRoot && pid ? { credentials: { pid, uid: pid, gid: 0 } } : {});
    const socket = toNetSocket(a, ALLOWED);
    b.closeSync();
    assert.is(await textOf(socket), 'part 0 part 1 part 2 ');
  },
);

if (canRefuse) {
  leavesNothing('descriptors that a peer sends to a net.Socket are refused to the peer, bytes go on', async () => {
    const [a, b] = socketpair();
    const socket = toNetSocket(a, ALLOWED);
    assert.is((await thrownBy(() => b.send('x', { fds: [0] }))).code, 'EPERM');
    await b.send('y');
    assert.is(String((await once(socket, 'data'))[0]), 'y');
    socket.destroy();
    b.closeSync();
  });
} else
  t.skip('descriptors that a peer sends to a net.Socket are refused to the peer', 'SO_PASSRIGHTS needs Linux 6.16');

/** A failure of each function within Node, or for want of descriptors, on something that it would take. */
const GIVERS: Record<string, { make: () => OwnedFd; give: (owned: OwnedFd) => unknown }> = {
  toNetSocket: { make: () => makeNonblocking(bareConnected()), give: (owned) => toNetSocket(owned) },
  toNetServer: { make: () => makeNonblocking(bareListening()), give: (owned) => toNetServer(owned) },
  toDgram: { make: () => makeNonblocking(bare(AF_INET, DATAGRAM)), give: (owned) => toDgram(owned) },
  toFileHandle: { make: () => memfd('x'), give: (owned) => toFileHandle(owned) },
  toReadStream: { make: () => memfd('x'), give: (owned) => toReadStream(owned) },
  toWriteStream: { make: () => memfd('x'), give: (owned) => toWriteStream(owned) },
  'toReadStream of a pipe': {
    make: () => {
      const { read, write } = pipe();
      write.close();
      return read;
    },
    give: (owned) => toReadStream(owned),
  },
};

function bareConnected(): OwnedFd {
  const [a, b] = pairOf(STREAM);
  b.close();
  return a;
}

function bareListening(): OwnedFd {
  const owned = bare(AF_INET, STREAM);
  native().libc.listen(owned.fd, 5);
  return owned;
}

for (const [name, { make, give }] of Object.entries(GIVERS)) {
  leavesNothing(`${name}: where no descriptor is left the error says so, and the owner has it still`, async () => {
    const owned = make();
    const identity = owned.stat().ino;
    const isAs = isNonblocking(owned);
    // Every module loaded, every function bound.
    const other = (await give(owned.dup())) as {
      destroy?(): void;
      close?(): unknown;
      on?(e: string, l: () => void): void;
    };
    other.on?.('error', () => {});
    await (other.destroy ? other.destroy() : other.close?.());
    await sleep(20);
    await settledFds();
    const lowest = openSync('/dev/null', 'r');
    closeSync(lowest);
    const limit = limitFiles(0, lowest);
    let error: Error & { code?: string };
    try {
      error = await thrownBy(() => give(owned));
    } finally {
      limitFiles(0, limit);
    }
    assert.is(error.code, 'EMFILE', error.message);
    assert.instance(error, AncillaryError);
    assert.not(owned.closed);
    assert.is(owned.stat().ino, identity);
    assert.is(isNonblocking(owned), isAs);
    owned.close();
  });

  t.test(`${name} refuses what owns no descriptor, and one that is closed`, async () => {
    for (const odd of [
      undefined,
      null,
      0,
      'fd',
      {},
      [],
      { fd: 0 },
      { fd: 0, release: 1 },
      { fd: -1, release: () => 0 },
    ]) {
      const error = await thrownBy(() => give(odd as OwnedFd));
      assert.is(error.code, 'ERR_INVALID_ARGUMENT');
      assert.match(error.message, / takes an OwnedFd, or a socket of this library, not /);
    }
    assert.match((await thrownBy(() => give(3 as unknown as OwnedFd))).message, /OwnedFd\.adopt makes one/);
    const closed = memfd('x');
    closed.close();
    assert.is((await thrownBy(() => give(closed))).code, 'ERR_CLOSED');
  });
}

for (const [name, give] of Object.entries({ toNetSocket, toNetServer, toDgram, toReadStream, toWriteStream, toTty })) {
  t.test(`${name} knows its options`, async () => {
    const owned = memfd('x');
    for (const options of [{ nonBlocking: true }, { nonblocking: 1 }, 5, null, []]) {
      const error = await thrownBy(() => (give as (o: OwnedFd, p: unknown) => unknown)(owned, options));
      assert.is(error.code, 'ERR_INVALID_ARGUMENT', error.message);
    }
    assert.not(owned.closed);
    owned.close();
  });
}

leavesNothing(
  'where Node fails, what it has not closed is closed, what it has is not, and the owner is as before',
  async () => {
    const owned = memfd('x');
    const stranger = { fd: -1 };
    const failures: Record<string, (fd: number) => never> = {
      'leaves it open': () => {
        throw new Error('no');
      },
      'closes it': (fd) => {
        closeSync(fd);
        throw Object.assign(new Error('no'), { errno: -22, syscall: 'open' });
      },
      'closes it, and another gets the number': (fd) => {
        closeSync(fd);
        stranger.fd = openSync('/dev/null', 'r');
        assert.is(stranger.fd, fd);
        throw new Error('no');
      },
    };
    for (const [name, make] of Object.entries(failures)) {
      const error = await thrownBy(() => handOver(owned, owned.fd, make));
      assert.instance(error, AncillaryError, name);
      assert.match(error.message, /Node did not take the descriptor/);
      assert.is(owned.stat().size, 0);
    }
    assert.ok(existsSync(`/proc/self/fd/${stranger.fd}`), 'the stranger is open');
    closeSync(stranger.fd);
    owned.close();
  },
);

leavesNothing('a net.Server accepts on an adopted Unix listener, and leaves the socket file where it is', () =>
  withTempDir(async (folder) => {
    const path = join(folder, 'socket');
    const listener = await UnixListener.listen(path);
    const server = toNetServer(listener);
    assert.ok(listener.closed);
    server.on('connection', (socket) => socket.end('accepted'));
    assert.is(await textOf(connect(path)), 'accepted');
    await new Promise((resolve) => server.close(resolve));
    assert.ok(existsSync(path));
  }),
);

leavesNothing('a server of node:http listens on what it is given', async () => {
  const made = createHttpServer((_, response) => response.end('by HTTP')).on('connection', (socket) => socket.unref());
  const server: typeof made = toNetServer(bareListening(), { nonblocking: true, server: made, backlog: 3 });
  assert.is(server, made);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const response = await new Promise<Readable>((resolve) => get({ port, agent: false }, resolve));
  assert.is(await textOf(response), 'by HTTP');
  await new Promise((resolve) => server.close(resolve));
});

t.test('the server that is to listen must be one, and must not listen already', async () => {
  const owned = bareListening();
  for (const server of [null, 5, {}]) {
    assert.match(
      (await thrownBy(() => toNetServer(owned, { server: server as unknown as Server }))).message,
      /net\.Server/,
    );
  }
  const busy = createServer().listen(0);
  assert.match((await thrownBy(() => toNetServer(owned, { server: busy }))).message, /listens already/);
  busy.close();
  const refused = createServer();
  refused.listen = () => refused;
  const error = await thrownBy(() => toNetServer(owned, { server: refused, nonblocking: true }));
  assert.match(error.message, /does not listen/);
  assert.is(refused.listenerCount('error'), 1);
  await sleep(5);
  assert.is(refused.listenerCount('error'), 0);
  assert.not(owned.closed);
  owned.close();
});

t.test(
  'in a worker of node:cluster a listener is refused, where Node would take the primary’s; UDP works',
  async () => {
    const { stdout, stderr, code } = await run(
      script(`
      import cluster from 'node:cluster';
      import { writeFileSync } from 'node:fs';
      import { tmpdir } from 'node:os';
      const path = tmpdir() + '/ancillary-cluster.mjs';
      writeFileSync(path, \`
        import { createRequire } from 'node:module';
        import net from 'node:net';
        import dgram from 'node:dgram';
        const { fromDgram, OwnedFd, toDgram, toNetServer, UnixListener } = createRequire(process.cwd() + '/x.js')('ancillary');
        const listener = UnixListener.listenSync('\${tmpdir()}/ancillary-cluster');
        try { toNetServer(listener, { nonblocking: true }); } catch ({ code, message }) { process.send(code + ' ' + message); }
        process.send(listener.closed);
        listener.closeSync();
        const socket = dgram.createSocket('udp4');
        socket.bind({ port: 0, exclusive: true }, () => {
          const again = toDgram(fromDgram(socket));
          again.on('message', (data) => { process.send(String(data)); again.close(); process.disconnect(); });
          again.send('datagram', again.address().port);
        });
      \`);
      cluster.setupPrimary({ exec: path, execArgv: [] });
      const worker = cluster.fork();
      worker.on('message', (message) => console.log(message));
      const { unlinkSync } = await import('node:fs');
      worker.on('exit', () => unlinkSync(path));
    `),
    );
    assert.is(stderr, '');
    assert.match(stdout.toString(), /^ERR_UNSUPPORTED .*node:cluster.*\nfalse\ndatagram\n$/);
    assert.is(code, 0);
  },
);

for (const [family, type, host] of [
  [AF_INET, 'udp4', '127.0.0.1'],
  [AF_INET6, 'udp6', '::1'],
] as const) {
  if (family === AF_INET6 && !hasIpv6) {
    t.skip('a dgram.Socket of udp6', 'no IPv6 here');
    continue;
  }
  leavesNothing(`a dgram.Socket of ${type} sends and receives, and is connected if it was`, async () => {
    const peer = (await import('node:dgram')).createSocket(type);
    await new Promise<void>((resolve) => peer.bind(0, host, resolve));
    const { port } = peer.address();
    const plain = toDgram(bare(family, DATAGRAM), ALLOWED);
    plain.send('plain', port, host);
    assert.is(String((await once(peer, 'message'))[0]), 'plain');
    const owned = bare(family, DATAGRAM);
    connectTo(owned, family, port);
    const connected = toDgram(owned, ALLOWED);
    assert.equal(connected.remoteAddress().port, port);
    connected.send('connected');
    const [data, from] = await once(peer, 'message');
    assert.is(String(data), 'connected');
    peer.send('back', from.port, host);
    assert.is(String((await once(connected, 'message'))[0]), 'back');
    for (const each of [plain, connected, peer]) each.close();
  });
}

function connectTo(owned: OwnedFd, family: number, port: number): void {
  const { libc, codec, base } = native();
  codec.arena.lend(32, (at) => {
    codec.bytes.fill(0, at, at + 32);
    codec.view.setUint16(at, family, true);
    codec.view.setUint16(at + 2, port);
    if (family === AF_INET) codec.view.setUint32(at + 4, 0x7f000001);
    else codec.bytes[at + 23] = 1;
    assert.is(libc.connect(owned.fd, base + at, family === AF_INET ? 16 : 28), 0);
  });
}

leavesNothing('a FileHandle is of the very same description: position, flags and what it is', async () => {
  const owned = memfd('handle', Buffer.from('abcdef'));
  const other = owned.dup();
  const handle = await toFileHandle(owned);
  assert.ok(owned.closed);
  const { buffer } = await handle.read(Buffer.alloc(2), 0, 2);
  assert.is(buffer.toString(), 'ab');
  readSync(other.fd, buffer, 0, 2, null);
  assert.is(buffer.toString(), 'cd');
  await handle.truncate(3);
  assert.is(other.stat().size, 3);
  assert.is((await handle.stat()).ino, other.stat().ino);
  assert.match(readFileSync(`/proc/self/fdinfo/${handle.fd}`, 'utf8'), /flags:\s+02/);
  await handle.close();
  other.close();
});

leavesNothing(
  'what is closed while its FileHandle is made is not adopted, nor whatever has its number then',
  async () => {
    const owned = memfd('closed');
    const making = thrownBy(() => toFileHandle(owned));
    owned.close();
    const stranger = openSync('/dev/null', 'r');
    assert.is((await making).code, 'ERR_CLOSED');
    assert.ok(existsSync(`/proc/self/fd/${stranger}`));
    closeSync(stranger);
  },
);

leavesNothing('streams of files go on from where the position is', async () => {
  const owned = memfd('file', Buffer.from('0123456789'));
  const other = owned.dup();
  readSync(other.fd, Buffer.alloc(4), 0, 4, null);
  const writer = toWriteStream(owned.dup());
  writer.end('wr');
  await once(writer, 'close');
  assert.is(await textOf(toReadStream(owned, { highWaterMark: 2 })), '6789');
  const all = Buffer.alloc(10);
  readSync(other.fd, all, 0, 10, 0);
  assert.is(all.toString(), '0123wr6789');
  other.close();
});

leavesNothing('streams of a pipe carry everything to the end, and its O_NONBLOCK stays as others have it', async () => {
  const { read, write } = pipe();
  const [readToo, writeToo] = [read.dup(), write.dup()];
  writeSync(write.fd, 'before ');
  const reader = toReadStream(read);
  const writer = toWriteStream(write);
  const big = 'x'.repeat(300_000);
  writer.end(big);
  const text = textOf(reader);
  await once(writer, 'close');
  assert.not(isNonblocking(readToo) || isNonblocking(writeToo));
  writeToo.close();
  assert.ok((await text) === `before ${big}`);
  assert.not(isNonblocking(readToo));
  readToo.close();
});

for (const [name, isEmpty] of [
  ['without anything', true],
  ['with something left', false],
] as const) {
  leavesNothing(`a stream of a named pipe whose last writer has gone ends, ${name}`, () =>
    withTempDir(async (folder) => {
      const path = join(folder, 'fifo');
      assert.is((await run(['mkfifo', path])).code, 0);
      const read = OwnedFd.adopt(openSync(path, constants.O_RDONLY | O_NONBLOCK));
      const writer = openSync(path, 'w');
      if (!isEmpty) writeSync(writer, 'left');
      closeSync(writer);
      native().libc.fcntl(read.fd, F_SETFL, 0);
      assert.is(await textOf(toReadStream(read)), isEmpty ? '' : 'left');
    }),
  );
}

leavesNothing('a pipe that cannot be opened anew stays as it is, unless its O_NONBLOCK may be changed', async () => {
  const write = await withTempDir(async (folder) => {
    // Nobody reads it any more: then a named one can be opened for writing no more.
    const path = join(folder, 'fifo');
    assert.is((await run(['mkfifo', path])).code, 0);
    const reader = openSync(path, constants.O_RDONLY | O_NONBLOCK);
    const writer = OwnedFd.adopt(openSync(path, 'w'));
    closeSync(reader);
    return writer;
  });
  assert.match((await thrownBy(() => toWriteStream(write))).message, /O_NONBLOCK of the write end of a pipe/);
  assert.not(isNonblocking(write));
  const stream = toWriteStream(write, ALLOWED);
  stream.write('x');
  assert.is((await once(stream, 'error'))[0].code, 'EPIPE');
});

leavesNothing('a terminal is read and written, and its O_NONBLOCK stays as others have it', async () => {
  const { master, slave } = openPty({ rows: 11, columns: 22 });
  const [other, masterToo] = [slave.dup(), master.dup()];
  const output = toTty(slave.dup(), { as: 'write' });
  assert.instance(output, TtyWriteStream);
  assert.equal([output.rows, output.columns], [11, 22]);
  const input = toTty(slave, { as: 'read' });
  input.setRawMode(true);
  const terminal = toTty(master);
  terminal.on('error', () => {});
  output.write('printed');
  assert.is(String((await once(terminal, 'data'))[0]), 'printed');
  terminal.write('typed');
  assert.is(String((await once(input, 'data'))[0]), 'typed');
  assert.not(isNonblocking(other) || isNonblocking(masterToo));
  for (const each of [input, output, terminal]) each.destroy();
  for (const each of [other, masterToo]) each.close();
});

for (const [name, flags, as, out] of [
  ['open for reading only', 'r', 'write', /a tty open for reading only cannot be written/],
  ['open for writing only', 'w', 'read', /a tty open for writing only cannot be read/],
  ['open for both', 'r+', 'both', /as must be 'read' or 'write'/],
] as const) {
  leavesNothing(`a terminal ${name} is not taken to '${as}'`, async () => {
    const { master, slave, path } = openPty();
    slave.close();
    const mode = { r: constants.O_RDONLY, w: constants.O_WRONLY, 'r+': constants.O_RDWR }[flags];
    const owned = OwnedFd.adopt(openSync(path, mode | constants.O_NOCTTY));
    assert.match((await thrownBy(() => toTty(owned, { as: as as 'read' }))).message, out);
    owned.close();
    master.close();
  });
}

leavesNothing('of the master of a terminal there is no WriteStream, which would make it blocking for all', async () => {
  const { master, slave } = openPty();
  makeNonblocking(master);
  assert.match((await thrownBy(() => toTty(master, { as: 'write' }))).message, /ReadStreams only/);
  assert.ok(isNonblocking(master));
  master.close();
  slave.close();
});

t.run();
