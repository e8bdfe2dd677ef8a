/** `ancillary recv -- COMMAND` becomes the program, with what was received in place and nothing else changed. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { socketpair, UnixSeqpacket } from 'ancillary';
import * as assert from 'uvu/assert';
import { assertFails } from '../support/bad-input.js';
import { abstractName, noPython, sendTo, startAt, startRecv, TYPES } from '../support/cli-sockets.js';
import { cli, Running, run, until } from '../support/process.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('cli-recv-command');

/** Prints what is at each number, and what sd_listen_fds(3) would read. */
const TELL =
  // Not in $(): the shell itself has a pipe open then.
  'for n in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do printf %s= $n; readlink /proc/$$/fd/$n || echo; done; ' +
  'echo "$LISTEN_FDS $LISTEN_FDNAMES $(($LISTEN_PID - $$))"';
const CLOSED = (...numbers: number[]) => numbers.map((number) => `${number}=\n`).join('');

for (const type of TYPES) {
  t.test(`${type}: descriptors are at 3, 4, ... in their order, and the status is the program's`, () =>
    withTempDir(async (folder) => {
      const path = join(folder, 's');
      const files = ['b', 'a', 'c'].map((name) => join(folder, name));
      for (const file of files) writeFileSync(file, '');
      const receiver = await startRecv(path, type, '--', 'sh', '-c', `${TELL}; exit 42`);
      assert.is((await sendTo(path, type, ...files)).code, 0);
      const { code, stdout, stderr } = await receiver.ended;
      assert.equal([code, stderr], [42, '']);
      const told = stdout.toString();
      const placed = files.map((file, i) => `${3 + i}=${file}\n`).join('');
      assert.ok(told.endsWith(`${placed}${CLOSED(6, 7, 8, 9, 10, 11, 12, 13, 14, 15)}3 fd:fd:fd 0\n`), told);
      assert.equal(readdirSync(folder), ['a', 'b', 'c'], 'the socket file is gone');
    }),
  );
}

t.test('descriptors of several messages come one behind the other, processes last', async () => {
  const name = abstractName();
  const argv = ['--count', '2', '--pidfd', '--stdin', '--', 'sh', '-c', TELL];
  const receiver = await startRecv(name, 'dgram', ...argv);
  for (const files of [['/dev/null', '/dev/zero'], ['/dev/full']]) await sendTo(name, 'dgram', ...files);
  const { code, stdout } = await receiver.ended;
  assert.is(code, 0);
  const told = stdout.toString().replaceAll(/=(pidfd:.*|anon_inode:\[pidfd\])\n/g, '=process\n');
  assert.match(told, /^0=\/dev\/null\n/);
  const placed = '3=/dev/zero\n4=/dev/full\n5=process\n6=process\n';
  assert.ok(told.endsWith(`${placed}${CLOSED(7, 8, 9, 10, 11, 12, 13, 14, 15)}4 fd:fd:pidfd:pidfd 0\n`), told);
});

t.test('before the program runs, Node has nothing of its own where descriptors will be', async () => {
  const name = abstractName();
  const wrapped = ['sh', '-c', '5</etc/passwd exec "$@"', 'sh', ...cli('recv', '--listen', name, '--', 'true')];
  const receiver = await startAt(name, 'stream', wrapped);
  const targets = Array.from({ length: 253 }, (_, i) => readlinkSync(`/proc/${receiver.pid}/fd/${i + 3}`));
  assert.equal([...new Set(targets)], ['/dev/null']);
  await receiver.end();
});

t.test('253 descriptors, each at its place', () =>
  withTempDir(async (folder) => {
    const files = Array.from({ length: 253 }, (_, i) => join(folder, `f${i}`));
    for (const [i, file] of files.entries()) writeFileSync(file, `${i}\n`);
    const path = join(folder, 's');
    const each = 'i=0; while [ $i -lt 253 ]; do cat /proc/self/fd/$((i + 3)); i=$((i + 1)); done';
    const receiver = await startRecv(path, 'stream', '--', 'sh', '-c', each);
    await sendTo(path, 'stream', ...files);
    const { code, stdout, stderr } = await receiver.ended;
    assert.equal([code, stderr], [0, '']);
    assert.is(stdout.toString(), files.map((_, i) => `${i}\n`).join(''));
  }),
);

t.test('more descriptors than there is room for: one line, exit 1, nothing is run', async () => {
  const name = abstractName();
  const argv = ['--count', '3', '--', 'echo', 'run'];
  const receiver = await startRecv(name, 'seqpacket', ...argv);
  const sender = await UnixSeqpacket.connect({ abstract: name.slice(1) });
  const fds = Array.from({ length: 253 }, () => 0);
  for (let i = 0; i < 3; i++) await sender.send('', { fds });
  const { stdout } = await assertFails(receiver, 1, /759 descriptors for one program/);
  assert.is(stdout.length, 0);
  sender.closeSync();
});

t.test('standard input, environment and arguments reach the program as they are', async () => {
  const name = abstractName();
  const odd = 'it\'s "$HOME" `x` {} \\ ä\n*';
  const tell = 'cat; printf "%s|" "$@"; printf "%s" "$ODD" | od -An -tx1; cat <&3';
  const argv = cli('recv', '--listen', name, '--', 'sh', '-c', tell, 'sh', odd, '', '--hex', '--');
  // What is no UTF-8 in the environment: a shell makes it.
  const wrapped = ['sh', '-c', 'ODD="$(printf "a\\377b")" exec "$@"', 'sh', ...argv];
  const receiver = await startAt(name, 'stream', wrapped, { input: 'typed ' });
  await sendTo(name, 'stream', '/dev/null');
  const { code, stdout, stderr } = await receiver.ended;
  assert.equal([code, stderr], [0, '']);
  assert.is(stdout.toString(), `typed ${odd}||--hex|--| 61 ff 62\n`);
});

t.test('a signal ends the program, which has the process id of the command', async () => {
  const name = abstractName();
  const receiver = await startRecv(name, 'stream', '--', 'sh', '-c', 'echo $$; exec sleep 60');
  await sendTo(name, 'stream', '/dev/null');
  await until('it runs', () => receiver.stdout.includes('\n'));
  assert.is(Number(receiver.stdout.toString()), receiver.pid);
  assert.equal(receiver.left(), [receiver.pid], 'one process');
  const { code, signal } = await receiver.end('SIGTERM');
  assert.equal([code, signal], [null, 'SIGTERM']);
});

t.test('no signal is ignored or blocked in the program', async () => {
  const name = abstractName();
  const receiver = await startRecv(name, 'stream', '--', 'grep', '-E', '^Sig(Ign|Blk)', '/proc/self/status');
  await sendTo(name, 'stream', '/dev/null');
  assert.match((await receiver.ended).stdout.toString(), /^SigBlk:\t0+\nSigIgn:\t0+\n$/);
});

for (const [when, call, code, signal] of [
  ['before the command begins anew', 'accessSync', 143, null],
  ['while it begins anew', 'openSync', null, 'SIGTERM'],
] as const) {
  t.test(`a signal that comes ${when} is not forgotten`, () =>
    withTempDir(async (folder) => {
      const preload = join(folder, 'preload.cjs');
      writeFileSync(
        preload,
        `const fs = require('node:fs');
        const { ${call}: call } = fs;
        fs.${call} = (path, ...rest) => {
          if (/null$|true$/.test(path)) process.kill(process.pid, 'SIGTERM');
          return call(path, ...rest);
        };
        require('node:module').syncBuiltinESMExports();`,
      );
      const [node = '', ...argv] = cli('recv', '--listen', join(folder, 's'), '--', 'true');
      const ended = await run([node, '--require', preload, ...argv]);
      assert.equal([ended.code, ended.signal, ended.stderr], [code, signal, '']);
      assert.equal(readdirSync(folder), ['preload.cjs']);
    }),
  );
}

t.test('pipes of the program block as they did, also after the command has written to them', async () => {
  const [a, b] = socketpair();
  a.sendSync('x', { fds: [0] });
  const flags = 'grep flags /proc/self/fdinfo/2 >&2; exec grep flags /proc/self/fdinfo/1';
  const stdio = ['ignore', 'pipe', 'pipe', b.fd] as never;
  const piped = [
    'sh',
    '-c',
    '"$@" 2>&1 | cat; exit',
    'sh',
    ...cli('recv', '--fd', '3', '--json', '--', 'sh', '-c', flags),
  ];
  const { stdout } = await run(piped, { stdio });
  a.closeSync();
  b.closeSync();
  const words = [...stdout.toString().matchAll(/flags:\t(\d+)/g)].map(([, octal]) =>
    Number.parseInt(octal as string, 8),
  );
  assert.is(words.length, 2, stdout.toString());
  for (const word of words) assert.is(word & 0o4000, 0, 'O_NONBLOCK');
});

if (noPython) t.skip('O_NONBLOCK of a descriptor that becomes standard input', noPython);
else {
  t.test('O_NONBLOCK of a descriptor that becomes standard input stays as its owner has it', async () => {
    const [a, b] = socketpair();
    const [inner, other] = socketpair();
    const setNonblocking = 'import socket; socket.socket(fileno=4).setblocking(False)';
    const inherited = ['ignore', 'inherit', 'inherit', 'ignore', inner.fd] as never;
    execFileSync('python3', ['-c', setNonblocking], { stdio: inherited });
    a.sendSync('x', { fds: [inner.fd] });
    const stdio = ['ignore', 'pipe', 'pipe', b.fd] as never;
    const argv = cli('recv', '--fd', '3', '--stdin', '--', 'grep', 'flags', '/proc/self/fdinfo/0');
    const { stdout } = await run(argv, { stdio });
    for (const socket of [a, b, inner, other]) socket.closeSync();
    assert.is(Number.parseInt(stdout.toString().replace(/^flags:\t/, ''), 8) & 0o4000, 0o4000);
  });
}

t.test('where standard input was the socket, the program has /dev/null there', async () => {
  const [a, b] = socketpair();
  a.sendSync('x', { fds: [1] });
  const stdio = [b.fd, 'pipe', 'pipe'] as never;
  const { code, stdout } = await run(cli('recv', '--fd', '0', '--', 'sh', '-c', 'cat; readlink /proc/$$/fd/0'), {
    stdio,
  });
  a.closeSync();
  b.closeSync();
  assert.equal([code, stdout.toString()], [0, '/dev/null\n']);
});

t.test('--json and --hex tell on standard error what came, and standard output is the program’s', async () => {
  for (const [form, told] of [
    ['--json', /^\{"size":1,.*"target":"\/dev\/null"\}\].*\}\n$/],
    ['--hex', /^message 1: 1 bytes\n {2}descriptor \d+: character device \/dev\/null\n00000000 {2}78 .*\n$/],
  ] as const) {
    const name = abstractName();
    const receiver = await startRecv(name, 'stream', form, '--', 'echo', 'own');
    await sendTo(name, 'stream', '--data', 'x', '/dev/null');
    const { code, stdout, stderr } = await receiver.ended;
    assert.equal([code, stdout.toString()], [0, 'own\n']);
    assert.match(stderr, told);
  }
});

for (const [name, command, code, err] of [
  ['is not there', 'no-such-program', 127, /no-such-program: there is no such program in PATH/],
  ['is not there by its path', './no\x1b', 127, /no\\u001b: there is no such program/],
  ['may not be executed', '/etc/passwd', 126, /no file that may be executed/],
  ['is a directory', '/', 126, /no file that may be executed/],
] as const) {
  t.test(`a program that ${name}: one line, exit ${code}, and nothing is listened at`, () =>
    withTempDir(async (folder) => {
      await assertFails(new Running(cli('recv', '--listen', join(folder, 's'), '--', command)), code, err);
      assert.not.ok(existsSync(join(folder, 's')));
    }),
  );
}

t.test('a file that only looks like a program: one line, exit 126', () =>
  withTempDir(async (folder) => {
    const file = join(folder, 'script');
    writeFileSync(file, 'no #!', { mode: 0o755 });
    const path = join(folder, 's');
    const receiver = await startRecv(path, 'stream', '--', file);
    await sendTo(path, 'stream', '/dev/null');
    await assertFails(receiver, 126, /script: .*it is no program/);
  }),
);

t.test('more descriptors than the program may have: one line, exit 1', async () => {
  const name = abstractName();
  const limited = ['sh', '-c', 'ulimit -n 90; exec "$@"', 'sh'];
  const receiver = await startAt(name, 'stream', [...limited, ...cli('recv', '--listen', name, '--', 'true')]);
  await sendTo(name, 'stream', ...Array.from({ length: 80 }, () => '/dev/null'));
  await assertFails(receiver, 1, /EMFILE|limit of open files/);
});

t.run();
