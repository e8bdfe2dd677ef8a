/** `ancillary recv` takes messages of any peer over any kind of socket, prints all of each, and leaves nothing. */
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { socketpair, UnixDatagram, UnixListener, UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';
import { ACTING, assertFails } from '../support/bad-input.js';
import {
  abstractName,
  noPython,
  python,
  sendTo,
  startAt,
  startRecv,
  TYPES,
  type Type,
} from '../support/cli-sockets.js';
import { asUser, besideOthers } from '../support/ordinary.js';
import { cli, Running, run, until } from '../support/process.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('cli-recv');
const jsonOf = (stdout: Buffer) =>
  stdout
    .toString()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

for (const type of TYPES) {
  for (const count of [1, 253]) {
    const title = `${type}: CPython's send_fds with ${count} descriptors arrives whole`;
    if (noPython) {
      t.skip(title, noPython);
      continue;
    }
    t.test(title, () =>
      withTempDir(async (folder) => {
        const path = join(folder, 's');
        const file = join(folder, 'file');
        writeFileSync(file, 'content');
        const receiver = await startRecv(path, type, '--json', '--count', '1');
        assert.is((await run(python('send', type, path, `${count}`, file))).code, 0);
        const { code, stdout, stderr } = await receiver.ended;
        assert.equal([code, stderr], [0, '']);
        const [message, ...others] = jsonOf(stdout);
        const { fds, size, data, text } = message;
        assert.equal(others, []);
        assert.equal([size, data, text], [13, Buffer.from('from\0\xff python', 'latin1').toString('hex'), undefined]);
        assert.is(fds.length, count);
        for (const each of fds) assert.equal([each.kind, each.target], ['file', file]);
        assert.equal(readdirSync(folder), ['file'], 'the socket file is gone');
      }),
    );
  }

  for (const kind of ['path', 'abstract'] as const) {
    t.test(`${type} at ${kind === 'path' ? 'a path' : 'an abstract name'}: send and recv with each other`, () =>
      withTempDir(async (folder) => {
        const name = kind === 'path' ? join(folder, 's') : abstractName();
        const receiver = await startRecv(name, type, '--hex', '--credentials', '--count', '1');
        assert.equal(
          await sendTo(name, type, '--data', 'hi\x1b there, 17 bytes', '/dev/null', '/etc/passwd').then((ended) => [
            ended.code,
            ended.stdout.length,
            ended.stderr,
          ]),
          [0, 0, ''],
        );
        const { code, stdout, stderr } = await receiver.ended;
        assert.equal([code, stderr], [0, '']);
        assert.match(
          stdout.toString(),
          new RegExp(
            `^message 1: 19 bytes from pid \\d+, uid ${process.geteuid?.()}, gid ${process.getegid?.()}\n` +
              '  descriptor \\d+: character device /dev/null\n  descriptor \\d+: file /etc/passwd\n' +
              '00000000  68 69 1b 20 74 68 65 72  65 2c 20 31 37 20 62 79  \\|hi. there, 17 by\\|\n' +
              '00000010  74 65 73 {42}\\|tes\\|\n$',
          ),
        );
      }),
    );
  }
}

t.test('what is no UTF-8 comes out byte for byte, and what else came is told on standard error', () =>
  withTempDir(async (folder) => {
    const path = join(folder, 's');
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => ((i * 7919) % 251) ^ (i >> 8)));
    writeFileSync(join(folder, 'data'), bytes);
    const receiver = await startRecv(path, 'stream');
    await sendTo(path, 'stream', '--data-file', join(folder, 'data'), '/dev/null');
    const { code, stdout, stderr } = await receiver.ended;
    assert.is(code, 0);
    assert.ok(stdout.equals(bytes), 'the data differs');
    assert.match(stderr, /^message 1: \d+ bytes\n {2}descriptor \d+: character device \/dev\/null\n$/);
  }),
);

t.test('descriptors are closed as they come: 200 messages of 30, where 80 may be open', async () => {
  const [a, b] = socketpair({ type: 'seqpacket' });
  const fds = Array.from({ length: 30 }, () => 0);
  const stdio = ['ignore', 'pipe', 'pipe', b.fd] as never;
  const limited = ['sh', '-c', 'ulimit -n 80; exec "$@"', 'sh', ...cli('recv', '--fd', '3', '--json', '--pidfd')];
  const running = new Running(limited, { stdio });
  for (let i = 0; i < 200; i++) await a.send(String(i), { fds });
  await a.end();
  const { code, stdout, stderr } = await running.ended;
  a.closeSync();
  b.closeSync();
  assert.equal([code, stderr], [0, '']);
  assert.equal(
    jsonOf(stdout).map(({ text, fds }) => [text, fds.length]),
    Array.from({ length: 200 }, (_, i) => [String(i), 30]),
  );
});

t.test('records of up to 200,000 bytes come whole, empty ones too', async () => {
  for (const type of ['seqpacket', 'dgram'] as const) {
    const name = abstractName();
    const receiver = await startRecv(name, type, '--json', '--count', '1');
    const { code, stderr } = await run(cli('send', '--connect', name, '--type', type, '--data-file', '-'), {
      input: Buffer.alloc(200_000, 'x'),
    });
    assert.equal([code, stderr], [0, '']);
    assert.is(jsonOf((await receiver.ended).stdout)[0].size, 200_000);
    const empty = await startRecv(name, type, '--json', '--count', '1');
    assert.is((await run(cli('send', '--connect', name, '--type', type, '--data', ''))).code, 0);
    const [{ size, text }] = jsonOf((await empty.ended).stdout);
    assert.equal([size, text], [0, '']);
  }
});

t.test('a datagram says where it came from, as --connect takes it', async () => {
  const name = abstractName();
  const own = abstractName();
  const receiver = await startRecv(name, 'dgram', '--json', '--count', '3', '--pidfd');
  const { abstract } = { abstract: name.slice(1) };
  const sender = UnixDatagram.bindSync({ abstract: own.slice(1) });
  const odd = UnixDatagram.bindSync({ abstract: Uint8Array.of(0xff, 0x41) });
  const unnamed = UnixDatagram.connectSync({ abstract });
  try {
    sender.sendSync('a', { to: { abstract } });
    odd.sendSync('b', { to: { abstract } });
    unnamed.sendSync('c');
    const messages = jsonOf((await receiver.ended).stdout);
    assert.equal(
      messages.map(({ from }) => from),
      [own, { abstract: 'ff41' }, undefined],
    );
    for (const { pidfd, credentials } of messages) assert.equal([pidfd.kind, credentials], ['pidfd', undefined]);
  } finally {
    for (const socket of [sender, odd, unnamed]) socket.closeSync();
  }
});

t.test('control messages that nobody asked for are told by their meaning', async () => {
  const [a, b] = socketpair({ type: 'dgram' });
  a.sendSync('x');
  const running = new Running(['python3', '-c', PASS_STAMPED, ...cli('recv', '--fd', '5', '--count', '1', '--json')], {
    stdio: ['ignore', 'pipe', 'pipe', 'ignore', 'ignore', b.fd] as never,
  });
  const [message] = await running.ended.then(({ stdout }) => jsonOf(stdout));
  a.closeSync();
  b.closeSync();
  assert.is(message.messages.length, 1);
  assert.ok(Number.isInteger(message.messages[0].timestampns_new?.tv_sec ?? message.messages[0].timestampns?.tv_sec));
});

/** Has the kernel stamp what comes to descriptor 5, sends something there, and becomes the command. */
const PASS_STAMPED = `
import os, socket, sys
s = socket.socket(fileno=os.dup(5)); s.setsockopt(socket.SOL_SOCKET, 64, 1)
os.set_inheritable(5, True)
os.execvp(sys.argv[1], sys.argv[1:])
`;

t.test('a file whose name acts on a terminal is told of in one line that does nothing', () =>
  withTempDir(async (folder) => {
    const file = join(folder, 'a\x1b[31m\nmessage 9: all is well');
    writeFileSync(file, '');
    for (const form of [[], ['--hex'], ['--json']]) {
      const path = join(folder, 's');
      const receiver = await startRecv(path, 'stream', '--count', '1', ...form);
      await sendTo(path, 'stream', file);
      const { stdout, stderr } = await receiver.ended;
      const text = stdout.toString() + stderr;
      assert.match(text, /\\u001b\[31m\\nmessage 9/);
      for (const line of text.split('\n')) assert.not.match(line, ACTING);
    }
  }),
);

for (const [raw, shown] of [
  [[], 'hi\r\n\\u001b]0;evil\\u0007 \\u009bm\t\u00e4'],
  [['--raw'], 'hi\r\n\x1b]0;evil\x07 \u009bm\t\u00e4'],
] as const) {
  const title = `at a terminal data of a peer ${raw.length > 0 ? 'with --raw acts' : 'is shown and does not act'}`;
  if (noPython) t.skip(title, noPython);
  else
    t.test(title, async () => {
      const name = abstractName();
      const argv = cli('recv', '--listen', name, '--count', '2', ...raw);
      const inTerminal = ['python3', 'tests/fixtures/python/in-terminal.py', 'never', '', ...argv];
      const receiver = await startAt(name, 'stream', inTerminal);
      const stream = await UnixStream.connect({ abstract: name.slice(1) });
      const bytes = Buffer.from('hi\n\x1b]0;evil\x07 \u009bm\t\u00e4');
      // A character in two messages.
      stream.sendSync(bytes.subarray(0, -1), { fds: [0] });
      stream.sendSync(bytes.subarray(-1));
      const { stdout } = await receiver.ended;
      stream.closeSync();
      assert.ok(stdout.toString().endsWith(shown), JSON.stringify(stdout.toString()));
    });
}

for (const type of TYPES) {
  t.test(`--fd: an inherited ${type} socket is known for what it is`, async () => {
    const [a, b] = socketpair({ type: type as 'stream' });
    await a.send('through', { fds: [0] });
    const stdio = ['ignore', 'pipe', 'pipe', b.fd] as never;
    const { code, stdout, stderr } = await run(cli('recv', '--fd', '3', '--count', '1'), { stdio });
    a.closeSync();
    b.closeSync();
    assert.equal([code, stdout.toString()], [0, 'through'], stderr);
    assert.match(stderr, /^message 1: 7 bytes\n {2}descriptor \d+: /);
  });
}

t.test('--fd: of an inherited listener one connection is taken, and its socket file stays', () =>
  withTempDir(async (folder) => {
    const listener = UnixListener.listenSync(join(folder, 's'));
    const stdio = ['ignore', 'pipe', 'pipe', listener.fd] as never;
    const running = new Running(cli('recv', '--fd', '3'), { stdio });
    assert.is((await sendTo(listener.path, 'stream', '--data', 'x')).code, 0);
    const { code, stdout } = await running.ended;
    assert.equal([code, stdout.toString()], [0, 'x']);
    assert.ok(existsSync(listener.path));
    // It was lent to another process: the file is its to remove.
    listener.closeSync();
  }),
);

t.test('--mode: the socket file has these permissions, whatever the umask', () =>
  withTempDir(async (folder) => {
    for (const type of TYPES) {
      const path = join(folder, type);
      const running = await startRecv(path, type, '--mode', '0626', '--timeout', '5000');
      // A datagram socket can be seen before its file has them, and no wider.
      await until('it has them', () => (statSync(path).mode & 0o777) === 0o626);
      assert.is((await running.end('SIGTERM')).code, 143);
      assert.not.ok(existsSync(path));
    }
  }),
);

interface Failing {
  name: string;
  type?: Type;
  argv: string[];
  send?: string[];
  err: RegExp;
}

const FAILING: Failing[] = [
  {
    name: 'fewer messages than --count',
    argv: ['--count', '5'],
    send: ['--data', 'x'],
    err: /after 1 messages, 5 exp/,
  },
  {
    name: 'more descriptors than --max-fds',
    argv: ['--max-fds', '1'],
    send: ['/dev/null', '/dev/null'],
    err: /raise maxFds/,
  },
  {
    name: 'a record longer than --max-data',
    type: 'seqpacket',
    argv: ['--max-data', '3'],
    send: ['--data', 'four'],
    err: /record of 4 bytes was cut to 3/,
  },
  {
    name: 'no descriptor for a program',
    argv: ['--', 'true'],
    send: ['--data', 'x'],
    err: /before a descriptor.*nothing was run/,
  },
  {
    name: 'no descriptor for --stdin',
    argv: ['--count', '1', '--stdin', '--', 'true'],
    send: ['--data', 'x'],
    err: /nothing was run/,
  },
  { name: 'no connection in time', argv: ['--timeout', '100'], err: /took longer than 100 ms/ },
  { name: 'no datagram in time', type: 'dgram', argv: ['--timeout', '100'], err: /took longer than 100 ms/ },
];

for (const { name, type = 'stream', argv, send, err } of FAILING) {
  t.test(`${name}: one line, exit 1, no socket file left`, () =>
    withTempDir(async (folder) => {
      const path = join(folder, 's');
      const running = new Running(cli('recv', '--listen', path, '--type', type, ...argv));
      if (send) {
        await until('it listens', () => existsSync(path));
        await until('it was sent to', async () => (await sendTo(path, type, ...send)).code === 0);
      }
      const { stdout } = await assertFails(running, 1, err);
      assert.ok(stdout.length <= 1);
      assert.equal(readdirSync(folder), []);
    }),
  );
}

for (const [name, argv, err] of [
  ['no place', [], /give one of --listen, --connect, --fd/],
  ['two places', ['--listen', 's', '--fd', '0'], /--listen and --fd are too much/],
  ['an empty path', ['--listen', ''], /non-empty/],
  ['an empty abstract name', ['--connect', '@'], /non-empty/],
  ['a path of 108 bytes', ['--listen', 'x'.repeat(108)], /108 bytes.*107/],
  ['an abstract name of 108 bytes', ['--connect', `@${'x'.repeat(108)}`], /108 bytes.*107/],
  ['an unknown type', ['--listen', 's', '--type', 'raw'], /stream, seqpacket, dgram/],
  ['datagrams of nobody', ['--connect', 's', '--type', 'dgram'], /without a name/],
  ['the mode of an abstract name', ['--listen', '@s', '--mode', '600'], /an abstract name has none/],
  ['the mode of what is connected to', ['--connect', 's', '--mode', '600'], /--listen makes/],
  ['a mode that is none', ['--listen', 's', '--mode', '1777'], /octal/],
  ['two forms', ['--listen', 's', '--hex', '--json'], /cannot be used/],
  ['raw JSON', ['--listen', 's', '--raw', '--json'], /--raw/],
  ['--stdin of nobody', ['--listen', 's', '--stdin'], /give one, -- COMMAND/],
  ['a count of 0', ['--listen', 's', '--count', '0'], /whole number from 1/],
  ['254 descriptors', ['--listen', 's', '--max-fds', '254'], /to 253/],
  ['a descriptor that is no number', ['--fd', '-1'], /argument missing|whole number/],
] as const) {
  t.test(`recv with ${name}: one line, exit 2`, () => assertFails(new Running(cli('recv', ...argv)), 2, err));
}

t.test('an inherited descriptor that is no Unix socket is named for what it is', async () => {
  for (const [fd, err] of [
    ['99', /99 is not open/],
    ['0', /0 is a character device/],
  ] as const) {
    const running = new Running(cli('recv', '--fd', fd), { stdio: ['ignore', 'pipe', 'pipe'] as never });
    await assertFails(running, 1, err);
  }
});

const OTHER = 65534;

const other = besideOthers(t);

const sendAs = (uid: number, folder: string, type: Type, ...argv: string[]) =>
  run(
    asUser(
      uid,
      folder,
      process.execPath,
      resolve('build/cli.js'),
      ...['send', '--connect', './s', '--type', type],
      ...argv,
    ),
  );

for (const type of TYPES) {
  other(`${type}: what a stranger sends is turned away in one line, and the wait goes on`, async (folder) => {
    const path = join(folder, 's');
    const receiver = await startRecv(path, type, '--mode', '666', '--count', '1', '--json');
    for (let i = 0; i < 2; i++) await sendAs(OTHER, folder, type, '--data', 'evil', '--to-uid', 'any', '/dev/null');
    await until('it was told of', () => receiver.stderr.includes('\n'));
    assert.is((await sendTo(path, type, '--data', 'good')).code, 0);
    const { code, stdout, stderr } = await receiver.ended;
    assert.match(stderr, /^ancillary: uid 65534 called and was turned away[^\n]*--from-uid 65534[^\n]*\n$/);
    assert.equal([code, jsonOf(stdout)[0].text], [0, 'good']);
  });

  other(`${type}: --from-uid takes what that user sends`, async (folder) => {
    const path = join(folder, 's');
    const receiver = await startRecv(path, type, '--mode', '666', '--count', '1', '--from-uid', `${OTHER}`);
    await sendAs(OTHER, folder, type, '--data', 'meant', '--to-uid', 'any');
    const { code, stdout, stderr } = await receiver.ended;
    assert.equal([code, stdout.toString(), stderr], [0, 'meant', '']);
  });
}

other('recv --connect takes nothing of a stranger who listens', async (folder) => {
  const name = abstractName();
  const listen = ['send', '--listen', name, '--data', 'evil'];
  const listener = await startAt(
    name,
    'stream',
    asUser(OTHER, folder, process.execPath, resolve('build/cli.js'), ...listen),
  );
  const running = new Running(cli('recv', '--connect', name));
  await assertFails(running, 1, /uid 65534 is at the other end of .*--from-uid 65534/);
  await listener.end();
});

t.run();
