/** Sockets that are there already: adopted, or refused and left whose they are. */
import { closeSync, existsSync, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import {
  AncillaryError,
  socketpair,
  UdpSocket,
  UnixDatagram,
  UnixListener,
  UnixSeqpacket,
  UnixSeqpacketListener,
  UnixStream,
} from 'ancillary';
import * as assert from 'uvu/assert';
import { arrived } from '../support/arrived.js';
import { openFds } from '../support/descriptors.js';
import { bindOther } from '../support/native.js';
import { run, script } from '../support/process.js';
import { isCloseOnExec } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { threads } from '../support/threads.js';

const t = suite('adopting');

/** What makes a descriptor of each kind, as one that nobody of the library owns. */
const kinds: Record<string, () => number> = {
  UnixStream: () => first(socketpair()),
  UnixSeqpacket: () => first(socketpair({ type: 'seqpacket' })),
  UnixDatagram: () => first(socketpair({ type: 'dgram' })),
  UnixListener: () => UnixListener.listenSync({ autobind: true }).release(),
  UnixSeqpacketListener: () => UnixSeqpacketListener.listenSync({ autobind: true }).release(),
  file: () => openSync('/etc/passwd', 'r'),
  folder: () => openSync('/', 'r'),
  device: () => openSync('/dev/null', 'r'),
};
const classes = { UnixStream, UnixSeqpacket, UnixDatagram, UnixListener, UnixSeqpacketListener };

function first([a, b]: { release(): number; closeSync(): void }[]): number {
  b?.closeSync();
  return a?.release() as number;
}

for (const [kind, make] of Object.entries(kinds)) {
  for (const [name, { adopt }] of Object.entries(classes)) {
    if (name === kind) {
      t.test(`${name} adopts its own kind, closes it, and gives it away again`, () => {
        const before = openFds();
        const fd = make();
        const socket = adopt(fd);
        assert.equal([socket.fd, isCloseOnExec(fd)], [fd, true]);
        const again = adopt(socket.release());
        assert.ok(socket.closed);
        again.closeSync();
        assert.equal(openFds(), before);
      });
    } else {
      t.test(`${name} refuses ${kind}, and leaves it open`, async () => {
        const fd = make();
        const error = await thrownBy(() => adopt(fd));
        assert.instance(error, AncillaryError);
        assert.is(error.code, 'ERR_INVALID_ARGUMENT');
        assert.match(error.message, new RegExp(`^descriptor ${fd} is a[^\n]*, not what a Unix`));
        if (kind in classes) assert.match(error.message, new RegExp(`\\(${kind}\\.adopt takes it\\)`));
        fstatSync(fd);
        closeSync(fd);
      });
    }
  }
}

for (const [what, make, said] of [
  ['a UnixSeqpacket', kinds.UnixSeqpacket, 'a Unix seqpacket socket \\(UnixSeqpacket.adopt takes it\\)'],
  ['a UnixListener', kinds.UnixListener, 'a listening Unix stream socket \\(UnixListener.adopt takes it\\)'],
  ['a UdpSocket', () => UdpSocket.bindSync().release(), 'an IPv4 datagram socket \\(UdpSocket.adopt takes it\\)'],
] as [string, () => number, string][]) {
  t.test(`${what} that a UnixStream refuses is called what it is`, async () => {
    const fd = make();
    assert.match((await thrownBy(() => UnixStream.adopt(fd))).message, new RegExp(`^descriptor ${fd} is ${said}`));
    closeSync(fd);
  });
}

for (const [what, value, code] of [
  ['a closed number', 1000, 'EBADF'],
  ['a negative number', -1, 'ERR_INVALID_ARGUMENT'],
  ['a fraction', 1.5, 'ERR_INVALID_ARGUMENT'],
  ['2 ** 32', 2 ** 32, 'ERR_INVALID_ARGUMENT'],
  ['a string', '3', 'ERR_INVALID_ARGUMENT'],
  ['nothing', undefined, 'ERR_INVALID_ARGUMENT'],
  ['an object with fd', { fd: 0 }, 'ERR_INVALID_ARGUMENT'],
] as const) {
  t.test(`${what} cannot be adopted`, async () => {
    for (const { adopt } of Object.values(classes)) {
      const error = await thrownBy(() => adopt(value as never));
      assert.instance(error, AncillaryError);
      assert.is(error.code, code);
    }
  });
}

t.test('one that is not connected is refused where there must be a peer', async () => {
  for (const [type, adopt] of [['seqpacket', UnixSeqpacket.adopt]] as const) {
    const fd = bindOther(type, `\0adopt ${process.pid}`);
    // It listens.
    assert.match((await thrownBy(() => adopt(fd))).message, /listening/);
    closeSync(fd);
  }
});

t.test('one that is adopted with options it cannot have stays as it was', async () => {
  const fd = kinds.UnixStream?.() as number;
  for (const options of [{ timestamps: true }, { maxFds: 254 }, { nonblocking: true }, { credentials: 1 }]) {
    assert.is((await thrownBy(() => UnixStream.adopt(fd, options as never))).code, 'ERR_INVALID_ARGUMENT');
    fstatSync(fd);
  }
  closeSync(fd);
});

t.test('an OwnedFd that came through a socket becomes a socket, and is nobody else’s from then on', async () => {
  const [a, b] = socketpair();
  const [inner, peer] = socketpair({ type: 'seqpacket' });
  a.sendSync('x', { fds: [inner], transfer: false });
  inner.closeSync();
  const [owned] = arrived(b.receiveSync({ maxFds: 1 })).fds;
  assert.ok(owned);
  await thrownBy(() => UnixStream.adopt(owned as NonNullable<typeof owned>));
  assert.is(owned?.closed, false);
  const socket = UnixSeqpacket.adopt(owned as NonNullable<typeof owned>);
  assert.is(owned?.closed, true);
  peer.sendSync('');
  assert.is(arrived(socket.receiveSync()).size, 0);
  for (const end of [a, b, peer, socket]) end.closeSync();
});

t.test('a blocking listener is made non-blocking only when that is said', async () => {
  await withTempDir(async (folder) => {
    const path = join(folder, 's');
    const program = `
import socket, sys, subprocess
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(5)
sys.exit(subprocess.call(sys.argv[2:], pass_fds=[s.fileno()], env={'LISTENER': str(s.fileno()), 'PATH': '/usr/bin:/bin'}))
`;
    const node = script(`
      import { UnixListener, UnixStream } from 'ancillary';
      const fd = Number(process.env.LISTENER);
      try { UnixListener.adopt(fd); } catch (error) { console.log(error.message); }
      const listener = UnixListener.adopt(fd, { nonblocking: true });
      const client = UnixStream.connectSync(${JSON.stringify(path)});
      const peer = await listener.accept();
      client.sendSync('through');
      console.log(peer.receiveSync().data.toString(), listener.address === ${JSON.stringify(path)});
      for (const each of [client, peer, listener]) each.closeSync();
    `);
    const { stdout, stderr } = await run(['python3', '-c', program, path, ...node], {});
    assert.match(
      stdout.toString(),
      /^descriptor \d+ is a blocking listener: adopt it with \{ nonblocking: true \}[^\n]*\nthrough true\n$/,
      stderr,
    );
    assert.ok(existsSync(path));
  });
});

t.test('in a worker an adopted number is closed when the worker ends, and the old one is free', async () => {
  for (const end of ['', 'process.exit()', 'parentPort.postMessage(1); setInterval(() => {}, 1000)']) {
    const printed = await threads(
      `const stream = UnixStream.adopt(workerData.fd); globalThis.kept = stream; ${end}`,
      `
      const { socketpair } = (await import('ancillary'));
      const [a, b] = socketpair();
      const fd = a.release();
      const target = fs.readlinkSync('/proc/self/fd/' + fd);
      const targets = () => fs.readdirSync('/proc/self/fd').map((each) => { try { return fs.readlinkSync('/proc/self/fd/' + each); } catch {} });
      const worker = new Worker(url, { workerData: { fd } });
      if (${end.startsWith('parentPort')}) { await once(worker, 'message'); await worker.terminate(); } else await once(worker, 'exit');
      await until(() => !targets().includes(target));
      try { b.sendSync('x'); console.log('open'); } catch (error) { console.log(error.code); }
      b.closeSync();
      `,
    );
    assert.is(printed, 'EPIPE');
  }
});

t.run();
