/** Unix datagram sockets: where they are, whom they answer, and whose fault holds up whom. */
import { chmodSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AncillaryError,
  type UnixAddress,
  UnixDatagram,
  UnixListener,
  UnixSeqpacketListener,
  UnixStream,
} from 'ancillary';
import * as assert from 'uvu/assert';
import { openFds } from '../support/descriptors.js';
import { bindOther } from '../support/native.js';
import { run, script } from '../support/process.js';
import { suite, thrownBy } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { lacks } from '../support/tools.js';

const t = suite('datagrams');

/** Runs `fn` with a folder and a function that closes sockets afterwards. */
const withSockets = (fn: (folder: string, keep: <T extends Disposable>(socket: T) => T) => unknown) => () =>
  withTempDir(async (folder) => {
    const kept: Disposable[] = [];
    try {
      await fn(folder, (socket) => {
        kept.push(socket);
        return socket;
      });
    } finally {
      for (const socket of kept) socket[Symbol.dispose]();
    }
  });

const addresses: [string, (folder: string) => UnixAddress][] = [
  ['a path', (folder) => join(folder, 's')],
  ['a path in an object', (folder) => ({ path: join(folder, 'ü') })],
  ['an abstract name', () => ({ abstract: `ancillary ${process.pid}` })],
  ['an abstract name of odd bytes', () => ({ abstract: Buffer.from([0, 0xff, 10, 27, process.pid & 255, 0]) })],
  ['the longest abstract name', () => ({ abstract: `${process.pid}`.padEnd(107, 'x') })],
];
for (const [name, at] of addresses) {
  t.test(
    `at ${name} one is sent to, and answers`,
    withSockets(async (folder, keep) => {
      const given = at(folder);
      const server = keep(await UnixDatagram.bind(given));
      const plain = typeof given === 'object' && 'path' in given ? given.path : given;
      assert.equal(server.address, plain);
      const client = keep(UnixDatagram.bindSync({ autobind: true }));
      await client.send('question', { to: given });
      const { data, from } = await server.receive();
      assert.equal([data.toString(), from], ['question', client.address]);
      await server.send('answer', { to: from });
      const answer = client.receiveSync();
      assert.equal([answer.data.toString(), answer.from], ['answer', plain]);
      const connected = keep(await UnixDatagram.connect(given));
      connected.sendSync('nameless');
      assert.is(server.receiveSync().from, undefined);
    }),
  );
}

const noPython = lacks('python3', '--version');
const oddTitle = 'a sender whose path is no UTF-8 can be answered';
if (noPython) t.skip(oddTitle, noPython);
else {
  t.test(
    oddTitle,
    withSockets(async (folder, keep) => {
      const server = keep(await UnixDatagram.bind(join(folder, 's')));
      const program = `
import socket, os, sys
os.chdir(sys.argv[1])
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(b'\\xff\\xfe')
s.sendto(b'hello', b's')
print(s.recv(10).decode(), flush=True)
`;
      const running = run(['python3', '-c', program, folder]);
      const { from } = await server.receive();
      assert.equal(from, { path: Buffer.from([0xff, 0xfe]) });
      const path = Buffer.concat([Buffer.from(`${folder}/`), (from as { path: Buffer }).path]);
      await server.send('answer', { to: { path } });
      assert.is((await running).stdout.toString(), 'answer\n');
      assert.match((await thrownBy(() => UnixDatagram.bind({ path }))).message, /must be UTF-8/);
    }),
  );
}

t.test(
  'a sender whose path fills the whole address can be answered, and its file goes with it',
  withSockets(async (folder, keep) => {
    const path = join(folder, '').padEnd(108, 'x');
    const server = keep(UnixDatagram.bindSync({ abstract: `whole ${process.pid}` }));
    const sender = keep(UnixDatagram.bindSync({ path }));
    sender.sendSync('x', { to: server.address as UnixAddress });
    const { from } = server.receiveSync();
    assert.is(from, path);
    server.sendSync('answer', { to: { path } });
    assert.is(sender.receiveSync().data.toString(), 'answer');
    sender.closeSync();
    assert.equal(readdirSync(folder), []);
  }),
);

const refused: [string, unknown, RegExp][] = [
  ['a number', 5, /socket path or \{ abstract: name \}, not 5/],
  ['a list', ['/x'], /socket path or/],
  ['nothing in it', {}, /socket path or/],
  ['two names', { path: '/x', abstract: 'x' }, /socket path or/],
  ['a misspelt name', { abstarct: 'x' }, /socket path or/],
  ['a misspelt name beside', { abstract: 'x', pat: 1 }, /no option 'pat'/],
  ['an empty name', { abstract: '' }, /non-empty/],
  ['an abstract name of 108 bytes', { abstract: 'x'.repeat(108) }, /108 bytes; Linux takes at most 107/],
  ['a path of 109 bytes', { path: 'x'.repeat(109) }, /109 bytes; Linux takes at most 108/],
  ['a path with NUL', { path: 'a\0b' }, /NUL/],
  ['autobind', { autobind: true }, /only bind takes it/],
];
for (const [name, given, pattern] of refused) {
  t.test(
    `${name} is no address to reach, in connect and in { to }`,
    withSockets(async (_, keep) => {
      const socket = keep(UnixDatagram.bindSync({ autobind: true }));
      for (const call of [
        () => UnixDatagram.connectSync(given as never),
        () => UnixStream.connect(given as never),
        () => socket.send('x', { to: given as never }),
        () => socket.sendSync('x', { to: given as never }),
      ]) {
        const error = await thrownBy(call);
        assert.instance(error, AncillaryError);
        assert.equal(
          [error.code, pattern.test(error.message), error.message.includes('\n')],
          ['ERR_INVALID_ARGUMENT', true, false],
          error.message,
        );
      }
    }),
  );
}

t.test(
  'where nobody is bound, or somebody of another type, a send says so',
  withSockets(async (folder, keep) => {
    const socket = keep(UnixDatagram.bindSync({ autobind: true }));
    const path = join(folder, 's');
    writeFileSync(join(folder, 'file'), '');
    keep(UnixListener.listenSync(path));
    for (const [to, code, advice] of [
      [join(folder, 'none'), 'ENOENT', /to .*none: .*nobody is bound there/],
      [join(folder, 'file'), 'ECONNREFUSED', /nobody is bound there/],
      [path, 'EPROTOTYPE', /another type/],
      [{ abstract: `nobody ${process.pid}` }, 'ECONNREFUSED', /to @nobody \d+: .*nobody/],
    ] as const) {
      const error = await thrownBy(() => socket.send('x', { to }));
      assert.equal([error.code, advice.test(error.message)], [code, true], error.message);
    }
    assert.equal((await thrownBy(() => socket.send('x'))).code, 'ENOTCONN');
  }),
);

t.test(
  'a receiver that reads nothing holds up nobody else, and keeps its order',
  withSockets(async (_, keep) => {
    const [slow, quick, sender] = [1, 2, 3].map(() => keep(UnixDatagram.bindSync({ autobind: true }))) as [
      UnixDatagram,
      UnixDatagram,
      UnixDatagram,
    ];
    const [toSlow, toQuick] = [slow.address, quick.address] as UnixAddress[];
    const waiting = Array.from({ length: 700 }, (_, i) => sender.send(`${i}`, { to: toSlow }));
    for (let i = 0; i < 50; i++) {
      await sender.send(`${i}`, { to: toQuick, timeout: 20_000 });
      assert.is((await quick.receive()).data.toString(), `${i}`);
    }
    assert.is((await thrownBy(() => sender.sendSync('x', { to: toSlow }))).code, 'ERR_BUSY');
    for (let i = 0; i < 700; i++) assert.is((await slow.receive()).data.toString(), `${i}`);
    assert.equal(
      await Promise.all(waiting),
      waiting.map((_, i) => `${i}`.length),
    );
  }),
);

t.test(
  'a send that waits for a receiver can be aborted, times out, and fails when the socket is closed',
  withSockets(async (_, keep) => {
    const [slow, sender] = [1, 2].map(() => keep(UnixDatagram.bindSync({ autobind: true }))) as [
      UnixDatagram,
      UnixDatagram,
    ];
    const to = slow.address as UnixAddress;
    const before = openFds();
    for (;;) {
      try {
        sender.sendSync('x', { to });
      } catch (error) {
        assert.is((error as AncillaryError).code, 'EAGAIN');
        break;
      }
    }
    assert.is((await thrownBy(() => sender.send('x', { to, timeout: 20, fds: [0] }))).code, 'ETIMEDOUT');
    const controller = new AbortController();
    const aborted = sender.send('x', { to, signal: controller.signal, fds: [0] });
    setTimeout(() => controller.abort(), 5);
    assert.is((await thrownBy(() => aborted)).code, 'ABORT_ERR');
    const closed = sender.send('x', { to, fds: [0] });
    setTimeout(() => sender.closeSync(), 5);
    assert.is((await thrownBy(() => closed)).code, 'ERR_CLOSED');
    assert.is(openFds().length, before.length - 1);
  }),
);

t.test(
  'the socket file goes when the socket is closed, and stays when it is released',
  withSockets(async (folder, keep) => {
    const path = join(folder, 's');
    keep(await UnixDatagram.bind(path)).closeSync();
    assert.is(existsSync(path), false);
    const released = keep(UnixDatagram.bindSync(path)).release();
    assert.is(existsSync(path), true);
    const adopted = keep(UnixDatagram.adopt(released));
    assert.is(adopted.address, path);
    assert.match(
      (await thrownBy(() => UnixDatagram.bindSync(path))).message,
      /EADDRINUSE.*a datagram socket is bound there/,
    );
    adopted.closeSync();
    assert.is(existsSync(path), true);
    keep(await UnixDatagram.bind(path));
    assert.equal(readdirSync(folder), ['s']);
  }),
);

t.test(
  'it goes at the end of the process too, whatever that is',
  withSockets(async (folder) => {
    const path = join(folder, 's');
    for (const end of ['', 'process.exit(0)', 'throw new Error()']) {
      const bind = `const s = UnixDatagram.bindSync(${JSON.stringify(path)}); globalThis.s = s;`;
      await run(script(`import { UnixDatagram } from 'ancillary'; ${bind} ${end}`), {});
      assert.equal(readdirSync(folder), []);
    }
  }),
);

t.test(
  'a file of another kind, or of a living socket of any type, is never replaced',
  withSockets(async (folder, keep) => {
    const path = join(folder, 's');
    writeFileSync(path, 'x');
    assert.match((await thrownBy(() => UnixDatagram.bind(path))).message, /EADDRINUSE.*no socket/);
    for (const type of ['datagram', 'seqpacket'] as const) {
      const there = join(folder, type);
      bindOther(type, there);
      for (const call of [
        () => UnixDatagram.bind(there),
        () => UnixListener.listen(there),
        () => UnixSeqpacketListener.listen(there),
      ]) {
        assert.match((await thrownBy(call)).message, new RegExp(`EADDRINUSE.*a ${type} socket is bound there`));
      }
    }
    keep(UnixListener.listenSync(join(folder, 'stream')));
    assert.match((await thrownBy(() => UnixDatagram.bind(join(folder, 'stream')))).message, /somebody listens there/);
  }),
);

for (const umask of ['022', '077']) {
  for (const mode of [0o600, 0o666, 0o777, 0o000]) {
    t.test(
      `mode ${mode.toString(8)} under umask ${umask}: never wider, and so in the end`,
      withSockets(async (folder) => {
        const paths = ['d', 'l', 'q'].map((name) => join(folder, name));
        const program = `
          import { UnixDatagram, UnixListener, UnixSeqpacketListener } from 'ancillary';
          import { statSync } from 'node:fs';
          const [d, l, q] = ${JSON.stringify(paths)};
          const options = { mode: ${mode} };
          const sockets = [UnixDatagram.bindSync(d, options), UnixListener.listenSync(l, options), UnixSeqpacketListener.listenSync(q, options)];
          console.log([d, l, q].map((path) => (statSync(path).mode & 0o7777).toString(8)).join());
          for (const socket of sockets) socket.closeSync();`;
        const { stdout, stderr } = await run(['sh', '-c', `umask ${umask}; exec "$@"`, 'sh', ...script(program)], {});
        assert.equal([stdout.toString(), stderr], [`${[mode, mode, mode].map((m) => m.toString(8)).join()}\n`, '']);
        assert.equal(readdirSync(folder), []);
      }),
    );
  }
}

for (const mode of [-1, 0o1000, 1.5, '600', null]) {
  t.test(
    `a mode of ${JSON.stringify(mode)} is refused, and nothing is made`,
    withSockets(async (folder) => {
      for (const call of [
        () => UnixDatagram.bindSync(join(folder, 's'), { mode: mode as number }),
        () => UnixListener.listenSync(join(folder, 's'), { mode: mode as number }),
      ]) {
        assert.match((await thrownBy(call)).message, /mode must be an integer from 0 to 511/);
      }
      assert.equal(readdirSync(folder), []);
    }),
  );
}

t.test('a name without a file has no mode', async () => {
  assert.match(
    (await thrownBy(() => UnixDatagram.bindSync({ autobind: true }, { mode: 0o600 }))).message,
    /only a socket file/,
  );
  assert.match(
    (await thrownBy(() => UnixListener.listenSync({ abstract: 'x' }, { mode: 0o600 }))).message,
    /only a socket file/,
  );
});

t.test(
  'an unreadable folder, or a missing one, is named, and nothing is left',
  withSockets(async (folder) => {
    const before = openFds();
    const error = await thrownBy(() => UnixDatagram.bind(join(folder, 'none', 's')));
    assert.match(error.message, /ENOENT.*its folder must exist/);
    chmodSync(folder, 0o700);
    assert.is(statSync(folder).mode & 0o777, 0o700);
    assert.equal(openFds(), before);
  }),
);

t.run();
