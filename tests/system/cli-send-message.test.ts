/** `ancillary send --connect`, `--listen` and `--fd` send any message to any peer, and only to whom it is meant for. */
import { openSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { closeAll, parseAddress, socketpair, UnixDatagram, UnixListener } from 'ancillary';
import * as assert from 'uvu/assert';
import { assertFails } from '../support/bad-input.js';
import { abstractName, noPython, python, sendTo, startAt, startRecv, TYPES } from '../support/cli-sockets.js';
import { asUser, noOtherUser } from '../support/ordinary.js';
import { cli, Running, run } from '../support/process.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('cli-send-message');

for (const type of TYPES) {
  for (const count of [1, 253]) {
    const title = `${type}: CPython receives ${count} descriptors, data and credentials`;
    if (noPython) {
      t.skip(title, noPython);
      continue;
    }
    t.test(title, async () => {
      const name = abstractName();
      const receiver = await startAt(name, type, python('receive', type, name, `${count}`));
      const files = Array.from({ length: count }, () => '/etc/passwd');
      const { code, stdout, stderr } = await sendTo(name, type, ...files, '--hex', 'ff:00 41', '--credentials');
      assert.equal([code, stdout.toString(), stderr], [0, '', '']);
      const { data, fds, targets, others } = JSON.parse((await receiver.ended).stdout.toString());
      assert.equal([data, fds, targets], ['ff0041', count, ['/etc/passwd']]);
      assert.is(others.length, 1);
      assert.equal(others[0].slice(0, 2), [1, 2], 'SCM_CREDENTIALS');
    });
  }

  t.test(`${type}: --lines sends each line as a message, descriptors with the first`, async () => {
    const name = abstractName();
    const receiver = await startRecv(name, type, '--json', ...(type === 'dgram' ? ['--count', '4'] : []));
    const argv = ['send', '--connect', name, '--type', type, '--lines', '--to-uid', 'any', '/dev/null'];
    const { code, stderr } = await run(cli(...argv), { input: Buffer.from('one\n\nthree\xff\r\nlast', 'latin1') });
    assert.equal([code, stderr], [0, '']);
    const messages = (await receiver.ended).stdout
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const newline = type === 'stream' ? '0a' : '';
    const hex = (text: string) => Buffer.from(text, 'latin1').toString('hex') + newline;
    const all = [hex('one'), hex(''), hex('three\xff\r'), Buffer.from('last').toString('hex')];
    const came = messages.map(({ data }) => data);
    // A stream may give several at once.
    assert.equal(type === 'stream' ? came.join('') : came, type === 'stream' ? all.join('') : all);
    assert.equal(messages.map(({ fds }) => fds.length).join(''), `1${'0'.repeat(messages.length - 1)}`);
  });

  t.test(`${type}: --fd sends over an inherited socket, --pass what the shell has opened`, async () => {
    const [a, b] = socketpair({ type: type as 'stream', maxFds: 5 });
    const stdio = ['ignore', 'pipe', 'pipe', b.fd] as never;
    const argv = cli('send', '--fd', '3', '--pass', '5,6', '--pass', '0', '/dev/full');
    const { code, stderr } = await run(['sh', '-c', '5</dev/zero 6</etc/passwd exec "$@"', 'sh', ...argv], { stdio });
    assert.equal([code, stderr], [0, '']);
    const message = await a.receive();
    assert.is(message?.data.toString(), type === 'stream' ? '\n' : '');
    assert.is(message?.fds.length, 4);
    closeAll(message?.fds ?? []);
    a.closeSync();
    b.closeSync();
  });
}

t.test('--pass passes the very file, at its offset, and in the order of the command line', () =>
  withTempDir(async (folder) => {
    const file = join(folder, 'file');
    writeFileSync(file, 'one\ntwo\n');
    const name = abstractName();
    const receiver = await startRecv(name, 'stream', '--', 'sh', '-c', 'cat <&4; readlink /proc/$$/fd/3');
    const argv = cli('send', '--connect', name, '--pass', '7', '/dev/zero');
    const { code, stderr } = await run([
      'sh',
      '-c',
      'f=$1; shift; { read line <&7; exec "$@"; } 7<$f',
      'sh',
      file,
      ...argv,
    ]);
    assert.equal([code, stderr], [0, '']);
    assert.is((await receiver.ended).stdout.toString(), 'two\n/dev/zero\n');
  }),
);

t.test('control messages go as they are given, by name or by their bytes', async () => {
  const [a, b] = socketpair({ credentials: true });
  const stdio = ['ignore', 'pipe', 'pipe', b.fd] as never;
  const { pid } = process;
  for (const control of [
    `[{"credentials":{"pid":${pid},"uid":0,"gid":0}}]`,
    `{"level":1,"type":2,"data":"${Buffer.from(Int32Array.of(pid, 0, 0).buffer).toString('hex')}"}`,
  ]) {
    const { code, stderr } = await run(cli('send', '--fd', '3', '--data', 'x', '--control', control), { stdio });
    // Another process's number needs a capability.
    if (process.getuid?.() !== 0) assert.match(stderr, /EPERM/);
    else {
      assert.equal([code, stderr], [0, '']);
      assert.equal((await a.receive())?.credentials, { pid, uid: 0, gid: 0 });
    }
  }
  a.closeSync();
  b.closeSync();
});

t.test(
  '--reply prints what the peer answers, to its end, a number of messages, or until nothing comes any more',
  async () => {
    const name = abstractName();
    const listener = UnixListener.listenSync({ abstract: name.slice(1) });
    const serve = async (isOver: boolean) => {
      const stream = await listener.accept();
      assert.is((await stream.receive())?.data.toString(), 'ask');
      const fd = openSync('/dev/null', 'r');
      await stream.send('answer', { fds: [fd], transfer: true });
      if (isOver) stream.closeSync();
      return stream;
    };
    for (const [argv, isOver] of [
      [['--reply'], true],
      [['--reply', '1'], false],
      [['--reply', '--timeout', '300'], false],
    ] as const) {
      const served = serve(isOver);
      const { code, stdout, stderr } = await sendTo(name, 'stream', '--data', 'ask', ...argv);
      assert.equal([code, stdout.toString()], [0, 'answer'], stderr);
      assert.match(stderr, /^message 1: 6 bytes\n {2}descriptor \d+: character device \/dev\/null\n$/);
      (await served)[Symbol.dispose]();
    }
    listener.closeSync();
  },
);

t.test('send --listen gives to the first who connects, and its socket file is gone', () =>
  withTempDir(async (folder) => {
    for (const type of ['stream', 'seqpacket'] as const) {
      const path = join(folder, 's');
      const sender = await startAt(
        path,
        type,
        cli('send', '--listen', path, '--type', type, '--data', 'given', '/dev/null'),
      );
      const { code, stdout, stderr } = await run(cli('recv', '--connect', path, '--type', type));
      assert.equal([code, stdout.toString()], [0, 'given'], stderr);
      assert.is((await sender.ended).code, 0);
      assert.equal(readdirSync(folder), []);
    }
  }),
);

t.test('a state for a service manager goes as systemd-notify sends it', () =>
  withTempDir(async (folder) => {
    for (const name of [join(folder, 'notify'), abstractName()]) {
      const socket = UnixDatagram.bindSync(parseAddress(name), { credentials: true });
      const argv = cli('send', '--connect', name, '--type', 'dgram', '--data', 'READY=1\nSTATUS=ok');
      const running = new Running(argv);
      const { data, credentials } = await socket.receive();
      assert.is((await running.ended).code, 0);
      assert.equal([data.toString(), credentials?.pid], ['READY=1\nSTATUS=ok', running.pid]);
      socket.closeSync();
    }
  }),
);

for (const [name, argv, code, err] of [
  ['nothing', ['--connect', 's'], 2, /nothing to send/],
  ['no place', ['--data', 'x'], 2, /--data needs a place/],
  ['a type and no place', ['--type', 'dgram', '/dev/null'], 2, /--type needs a place/],
  ['two places', ['--connect', 's', '--socket', 's', '--data', 'x'], 2, /--socket is a place already/],
  ['two data', ['--connect', 's', '--data', 'x', '--hex', '00'], 2, /--data and --hex are too much/],
  ['lines of a text', ['--connect', 's', '--data', 'x', '--lines'], 2, /--lines is for --data-file/],
  ['half a byte', ['--connect', 's', '--hex', '0'], 2, /even number/],
  ['an empty message on a stream', ['--connect', 's', '--data', ''], 2, /no empty message/],
  ['control that is no JSON', ['--connect', 's', '--control', '{'], 2, /not JSON/],
  ['control that is no message', ['--connect', 's', '--control', '[null]'], 2, /messages\[0\]/],
  ['an unknown control message', ['--connect', 's', '--control', '[{"x\\n":1}]'], 2, /x\\\\?n/],
  ['descriptors as control', ['--connect', 's', '--control', '[{"fds":[1]}]'], 2, /FILE or --pass/],
  ['the same by their bytes', ['--connect', 's', '--control', '{"level":1,"type":1,"data":""}'], 2, /FILE or --pass/],
  ['half of credentials', ['--connect', 's', '--credentials', '1:2'], 2, /PID:UID:GID/],
  ['credentials beyond their range', ['--connect', 's', '--credentials', '1:4294967295:0'], 2, /PID:UID:GID/],
  ['a descriptor that is no number', ['--connect', 's', '--pass', 'x'], 2, /3<FILE/],
  ['254 descriptors', ['--connect', 's', ...Array.from({ length: 254 }, () => '--pass=0')], 2, /at most 253/],
  ['253 files and one descriptor', ['--connect', 's', '--pass', '0', ...Array(253).fill('/dev/null')], 1, /254 desc/],
  ['a datagram to nobody', ['--listen', '@s', '--type', 'dgram', '--data', 'x'], 2, /a datagram goes to somebody/],
  ['a reply to no name', ['--connect', '@s', '--type', 'dgram', '--data', 'x', '--reply'], 2, /without a name/],
  ['files for any datagram socket', ['--connect', '@s', '--type', 'dgram', '/dev/null'], 2, /--to-uid any/],
  [
    'a datagram for one user',
    ['--connect', '@s', '--type', 'dgram', '--data', 'x', '--to-uid', '0'],
    2,
    /--to-uid any/,
  ],
  ['nobody there', ['--connect', '@ancillary-nobody', '--data', 'x'], 1, /nobody listens there/],
  [
    'data of a missing file',
    ['--connect', '@ancillary-nobody', '--data-file', '/no/file'],
    1,
    /cannot read \/no\/file/,
  ],
  ['a descriptor that is not open', ['--connect', 's', '--pass', '99'], 1, /99 is not open.*99<FILE/],
  ['a descriptor that Node has opened', ['--connect', 's', '--pass', '3'], 1, /3 was not inherited.*3<FILE/],
  ['a socket that is none', ['--fd', '0', '--data', 'x'], 1, /0 is a character device|0 is a pipe|0 is a Unix stream/],
  [
    'nobody who calls in time',
    ['--listen', '@ancillary-late', '--timeout', '100', '--data', 'x'],
    1,
    /longer than 100/,
  ],
] as const) {
  t.test(`send with ${name}: one line, exit ${code}`, async () => {
    const running = new Running(cli('send', ...argv), { stdio: ['ignore', 'pipe', 'pipe'] as never });
    await assertFails(running, code, err);
  });
}

const OTHER = 65534;

for (const [argv, ok] of [
  [[], false],
  [['--to-uid', '0'], false],
  [['--to-uid', `${OTHER}`], true],
  [['--to-uid', 'any'], true],
] as const) {
  const title = `send --connect ${argv.join(' ')} to a stranger: ${ok ? 'sent' : 'nothing is sent, one line'}`;
  if (noOtherUser) {
    t.skip(title, noOtherUser);
    continue;
  }
  t.test(title, () =>
    withTempDir(async (folder) => {
      const name = abstractName();
      const listen = ['recv', '--listen', name, '--json'];
      const stranger = asUser(OTHER, folder, process.execPath, resolve('build/cli.js'), ...listen);
      const receiver = await startAt(name, 'stream', stranger);
      const running = new Running(cli('send', '--connect', name, ...argv, '--data', 'x', '/dev/null'));
      if (ok) assert.is((await running.ended).code, 0);
      else await assertFails(running, 1, /uid 65534 is at the other end .*--to-uid 65534/);
      assert.is((await receiver.ended).stdout.length > 0, ok);
    }),
  );
}

t.run();
