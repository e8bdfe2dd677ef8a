/** OpenSSH's client takes a connection from a program of ours, and gives a master of ours its standard streams. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { UnixListener, UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';
import { peerTests } from '../support/peer-test.js';
import { Running } from '../support/process.js';
import { suite } from '../support/suite.js';
import { lacks } from '../support/tools.js';

const t = suite('real-peers-openssh');
const test = peerTests(t);

// Its version comes on standard error, with status 0.
const noSsh = lacks('ssh', '-V');
const WAIT = { timeout: 20_000 };

const BANNER = 'SSH-2.0-';

/** The proxy as a program: it connects, passes the connection on its standard output, and is gone. */
const PROXIES = {
  'a net.Socket': `
    const socket = connect(port, '127.0.0.1').pause();
    await once(socket, 'connect');
    await out.send('\\0', { fds: [socket] });
    socket.destroy();
  `,
  'the descriptor out of a net.Socket': `
    const socket = connect(port, '127.0.0.1').pause();
    await once(socket, 'connect');
    const { fd, unread } = fromNetSocket(socket);
    if (unread.length > 0) throw new Error('read ahead');
    await out.send('\\0', { fds: [fd] });
    fd.close();
  `,
};

for (const [what, text] of Object.entries(PROXIES)) {
  test(
    noSsh,
    `ssh with ProxyUseFdpass speaks over ${what} that a program passes on its standard output`,
    async (folder) => {
      // The server speaks first: a byte that the proxy read would be missed.
      const server = createServer((socket) => socket.write(`${BANNER}stub\r\n`)).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const proxy = join(folder, 'proxy.mjs');
      writeFileSync(
        proxy,
        `
        import { once } from 'node:events';
        import { createRequire } from 'node:module';
        import { connect } from 'node:net';
        const { fromNetSocket, UnixStream } = createRequire(process.cwd() + '/x.js')('ancillary');
        const port = ${port};
        const out = UnixStream.adopt(1);
        ${text}
        out.closeSync();
      `,
      );
      const command = `ProxyCommand='${process.execPath}' '${proxy}'`;
      const options = ['-F', '/dev/null', '-o', 'ProxyUseFdpass=yes', '-o', command, '-o', 'BatchMode=yes'];
      const client = new Running(['ssh', ...options, 'nobody@nowhere.invalid', 'true']);
      try {
        const [socket] = await once(server, 'connection');
        let got = Buffer.alloc(0);
        for await (const chunk of socket) {
          got = Buffer.concat([got, chunk]);
          // What it sends once it has read the banner of the server: what it can do.
          if (got.includes('curve25519-sha256')) break;
        }
        assert.match(got.toString('latin1'), new RegExp(`^${BANNER}2?[^\\r\\n]+\\r\\n`));
        assert.ok(got.includes('curve25519-sha256'), client.stderr);
        socket.destroy();
      } finally {
        await client.end();
        server.close();
      }
    },
  );
}

/** Of OpenSSH's PROTOCOL.mux. */
const MUX = {
  hello: 0x00000001,
  newSession: 0x10000002,
  aliveCheck: 0x10000004,
  exitMessage: 0x80000004,
  alive: 0x80000005,
  sessionOpened: 0x80000006,
};
const MUX_VERSION = 4;

function muxPacket(...numbers: number[]): Buffer {
  const packet = Buffer.alloc(4 * (numbers.length + 1));
  [packet.length - 4, ...numbers].forEach((number, i) => {
    packet.writeUInt32BE(number, 4 * i);
  });
  return packet;
}

/** The next packet, and not one byte more: descriptors come with what follows. */
async function readPacket(stream: UnixStream): Promise<Buffer> {
  const head = await stream.read(4, WAIT);
  const message = await stream.read(head?.data.readUInt32BE(0) ?? 0, WAIT);
  assert.ok(message, 'ssh ended');
  return message.data;
}

test(noSsh, 'ssh gives its standard streams to a master of ours, each with a byte of its own', async (folder) => {
  const path = join(folder, 'master');
  const listener = UnixListener.listenSync(path, { mode: 0o600 });
  const argv = ['ssh', '-F', '/dev/null', '-S', path, 'nobody@nowhere.invalid', 'a command'];
  const client = new Running(argv, { input: 'what we say' });
  try {
    const stream = await listener.accept(WAIT);
    assert.is(stream.requirePeer({ uid: process.geteuid?.() as number }).pid, client.pid);
    await stream.send(muxPacket(MUX.hello, MUX_VERSION));
    assert.is((await readPacket(stream)).readUInt32BE(0), MUX.hello);
    const check = await readPacket(stream);
    assert.is(check.readUInt32BE(0), MUX.aliveCheck);
    await stream.send(muxPacket(MUX.alive, check.readUInt32BE(4), process.pid));
    const session = await readPacket(stream);
    assert.is(session.readUInt32BE(0), MUX.newSession);
    assert.ok(session.includes('a command'));

    const passed = await stream.read(3, { maxFds: 3, ...WAIT });
    assert.equal([passed?.fds.length, passed?.positions], [3, [1, 2, 3]]);
    // Node gives a child sockets for its streams.
    const [input, output, error] = (passed?.fds ?? []).map((fd) => UnixStream.adopt(fd));
    assert.ok(input && output && error);
    await stream.send(muxPacket(MUX.sessionOpened, session.readUInt32BE(4), 1));
    let said = '';
    for await (const { data } of input) said += data;
    await output.send(`heard: ${said}`);
    await error.send('nothing is wrong');
    for (const each of [input, output, error]) each.closeSync();
    await stream.send(muxPacket(MUX.exitMessage, 1, 42));
    // It waits for this end.
    stream.closeSync();
    const { code, stdout, stderr } = await client.ended;
    assert.equal([code, stdout.toString(), stderr.includes('nothing is wrong')], [42, 'heard: what we say', true]);
  } finally {
    listener.closeSync();
    await client.end();
  }
});

t.run();
