/** `ancillary handoff` that cannot be done: one line, an exit status, and nothing is left. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { UnixListener } from 'ancillary';
import * as assert from 'uvu/assert';
import { assertFails } from '../support/bad-input.js';
import { asOrdinary, asUser, noOtherUser, noSetpriv } from '../support/ordinary.js';
import { cli, Running } from '../support/process.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('cli-supervise-bad-input');

const TRUE = ['--', 'true'];
const handoff = (...argv: string[]) => new Running(cli('handoff', ...argv));

for (const [name, argv, code, err] of [
  ['no command', ['--listen', '0'], 2, /nothing to run/],
  ['a command that is not there', ['--', 'no-such-program'], 127, /there is no such program in PATH/],
  ['a command that may not be executed', ['--', '/etc/passwd'], 126, /no file that may be executed/],
  ['a --listen that is nothing', ['--listen', 'app.sock', ...TRUE], 2, /path of a socket file with a \/ in it/],
  ['a host name', ['--listen', 'localhost:80', ...TRUE], 2, /names are not looked up/],
  ['a port that is too great', ['--listen', '65536', ...TRUE], 2, /at most 65535/],
  ['an IPv6 address without brackets', ['--listen', '::1:80', ...TRUE], 2, /\[\] around an IPv6 address/],
  ['an empty abstract name', ['--listen', '@', ...TRUE], 2, /abstract name must be/],
  ['a socket path that is too long', ['--listen', `/tmp/${'x'.repeat(120)}`, ...TRUE], 2, /use a shorter one/],
  ['what acts on a terminal in --listen', ['--listen', 'a\x1b[2J', ...TRUE], 2, /socket file/],
  ['the same port twice', ['--listen', '4711', '--listen', 'b=4711', ...TRUE], 2, /there twice/],
  ['the same path twice', ['--listen', '/tmp/x', '--listen', '/tmp/x', ...TRUE], 2, /there twice/],
  ['an address of another machine', ['--listen', '192.0.2.1:80', ...TRUE], 2, /no such address/],
  ['a socket in a folder that is not there', ['--listen', '/nowhere/s', ...TRUE], 2, /its folder must exist/],
  ['a --watch that is not there', ['--watch', '/nowhere', ...TRUE], 2, /cannot watch \/nowhere/],
  ['a --ready-url of another kind', ['--ready-url', 'https://x', ...TRUE], 2, /begins with http:/],
  ['a --stop-signal that is none', ['--stop-signal', 'TERMINATE', ...TRUE], 2, /name of a signal/],
  ['a --drain that is no time', ['--drain', 'soon', ...TRUE], 2, /length of time/],
] as const) {
  t.test(`${name}: one line, exit ${code}`, () => assertFails(handoff(...argv), code, err));
}

t.test('a port in use: one line, exit 2, and the sockets before it are gone', () =>
  withTempDir(async (folder) => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const argv = ['--listen', join(folder, 's'), '--listen', `127.0.0.1:${port}`, ...TRUE];
    await assertFails(handoff(...argv), 2, /EADDRINUSE.*another process listens there/);
    assert.equal(readdirSync(folder), []);
    server.close();
  }),
);

t.test('a socket file where somebody listens: one line, exit 2, and that one goes on', () =>
  withTempDir(async (folder) => {
    const path = join(folder, 's');
    const listener = await UnixListener.listen(path);
    await assertFails(handoff('--listen', path, ...TRUE), 2, /somebody listens there/);
    assert.equal(readdirSync(folder), ['s']);
    listener.closeSync();
  }),
);

t.test('a file that only looks like a program: exit 126, nothing left', () =>
  withTempDir(async (folder) => {
    const file = join(folder, 'script');
    writeFileSync(file, 'no #!', { mode: 0o755 });
    const running = handoff('--quiet', '--listen', join(folder, 's'), '--', file);
    const ended = await running.ended;
    assert.is(ended.code, 126, ended.stderr);
    assert.match(ended.stderr, /^[^\n]*cannot be run: [^\n]*no program of this machine[^\n]*\n$/);
    assert.equal(running.left(), []);
    assert.equal(readdirSync(folder), ['script']);
  }),
);

t.test('no room for so many sockets: one line, exit 2', () => {
  const listen = Array.from({ length: 100 }, () => ['--listen', '127.0.0.1:0']).flat();
  const limited = ['sh', '-c', 'ulimit -n 90; exec "$@"', 'sh', ...cli('handoff', ...listen, ...TRUE)];
  return assertFails(new Running(limited), 2, /EMFILE.*ulimit -n/);
});

/** Runs in a folder, as somebody for whom permissions hold. */
const ordinary = (...argv: string[]) => new Running([...asOrdinary, ...cli('handoff', ...argv)]);

for (const [name, argv, err] of [
  ['a socket file where this user may make none', ['--listen', 'closed/s'], /may not make a file in its folder/],
  ['what this user may not read, to be watched', ['--watch', 'secret'], /cannot watch .*secret: permission denied/],
] as const) {
  const title = `${name}: one line, exit 2`;
  if (noSetpriv) t.skip(title, noSetpriv);
  else {
    t.test(title, () =>
      withTempDir(async (folder) => {
        mkdirSync(join(folder, 'closed'), { mode: 0o500 });
        writeFileSync(join(folder, 'secret'), '', { mode: 0 });
        const [option, path] = argv;
        await assertFails(ordinary(option, join(folder, path), ...TRUE), 2, err);
      }),
    );
  }
}

const PRIVILEGED = 'a port that takes privileges: one line, exit 2';
const isOpen = readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'latin1').trim() === '0';
const noPort = isOpen ? 'every user may have every port here' : noOtherUser;
if (noPort) t.skip(PRIVILEGED, noPort);
else {
  t.test(PRIVILEGED, () =>
    assertFails(
      new Running(asUser(65534, '.', ...cli('handoff', '--listen', '127.0.0.1:1', ...TRUE))),
      2,
      /EACCES.*1024/,
    ),
  );
}

t.run();
