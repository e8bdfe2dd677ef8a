/** Who is at the other end of the command's socket: nobody gets a file, or gives one, who is not meant to. */
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import * as assert from 'uvu/assert';
import { acceptTrusted } from '../../host/cli/callers.js';
import { addSendCommand } from '../../host/cli/commands/send.js';
import type { AncillaryError } from '../../host/errors/error.js';
import { UnixStream } from '../../host/socket/stream.js';
import { UnixListener } from '../../host/socket/unix-listener.js';
import { assertFails } from '../support/bad-input.js';
import { asUser, besideOthers, noOtherUser } from '../support/ordinary.js';
import { cli, isListening, Running, run, script, until } from '../support/process.js';
import { suite, thrownBy } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { lacks } from '../support/tools.js';

/** Listens at `s`, takes one connection and says how many bytes came. */
const LISTENER = script(`
  import { createServer } from 'node:net';
  createServer((socket) => {
    let size = 0;
    socket.on('data', (data) => { size += data.length; }).on('error', () => {});
    socket.on('close', () => { console.log('bytes', size); process.exit(); });
  }).listen({ path: 's', writableAll: true }, () => console.log('listening'));
`);

/** Calls at `s` again and again, `CALLS` calls at a time, and says when one was ended. */
const CALLER = script(`
  import { connect } from 'node:net';
  const call = () => connect('s').on('error', () => {}).on('close', () => { console.log('ended'); setImmediate(call); });
  for (let i = 0; i < Number(process.env.CALLS ?? 1); i++) call();
`);

/** Calls once as each of thirty users. */
const MANY_USERS = script(`
  import { connect } from 'node:net';
  import { once } from 'node:events';
  for (let uid = 2000; uid < 2030; uid++) {
    process.seteuid(uid);
    const socket = connect('s');
    process.seteuid(0);
    socket.resume();
    await once(socket, 'close');
  }
`);

const OTHER = 65534;
const THIRD = 65533;
const inFolder = (folder: string, ...argv: string[]) => ['sh', '-c', 'cd "$0" && exec "$@"', folder, ...argv];
const send = (...argv: string[]) => [process.execPath, resolve('build/cli.js'), 'send', '--socket', './s', ...argv];

const t = suite('cli-trust');

const other = besideOthers(t);

/** Runs `fn` while a user listens; returns what the listener got. */
async function withListener(folder: string, uid: number, fn: () => Promise<unknown>): Promise<number> {
  const listener = new Running(asUser(uid, folder, ...LISTENER));
  try {
    await until('it listens', () => listener.stdout.includes('listening'));
    await fn();
    await until('the connection has ended', () => listener.stdout.includes('bytes'));
    return Number(/bytes (\d+)/.exec(listener.stdout.toString())?.[1]);
  } finally {
    await listener.end();
  }
}

for (const { sender, listener, argv = [], ok } of [
  { sender: 0, listener: OTHER, ok: false },
  { sender: 0, listener: OTHER, argv: ['--to-uid', `${OTHER}`], ok: true },
  { sender: 0, listener: OTHER, argv: ['--to-uid', 'any'], ok: true },
  { sender: 0, listener: OTHER, argv: ['--to-uid', `${THIRD}`], ok: false },
  { sender: 0, listener: OTHER, argv: ['--to-uid', '0'], ok: false },
  { sender: 0, listener: 0, ok: true },
  { sender: 0, listener: 0, argv: ['--to-uid', `${OTHER}`], ok: false },
  { sender: OTHER, listener: 0, ok: true },
  { sender: OTHER, listener: OTHER, ok: true },
  { sender: OTHER, listener: THIRD, ok: false },
]) {
  const words = `uid ${sender} sends ${argv.join(' ')} to uid ${listener}`.replace('  ', ' ');
  other(`${words}: ${ok ? 'sent' : 'nothing is sent, one line names the uid'}`, async (folder) => {
    const size = await withListener(folder, listener, async () => {
      const running = new Running(asUser(sender, folder, ...send(...argv, '/dev/null')));
      if (ok) assert.equal(await running.ended.then(({ code, stderr }) => [code, stderr]), [0, '']);
      else await assertFails(running, 1, new RegExp(`nothing was sent: uid ${listener} listens at \\./s`));
    });
    assert.is(size, ok ? 1 : 0, 'bytes that came');
  });
}

other(
  'in a user namespace that has no number for anybody, another unnumbered user is not taken for oneself',
  async (folder) => {
    const size = await withListener(folder, THIRD, () =>
      assertFails(
        new Running(inFolder(folder, 'unshare', '--user', ...send('/dev/null'))),
        1,
        /nothing was sent: uid 65534/,
      ),
    );
    assert.is(size, 0);
  },
  noOtherUser ?? lacks('unshare', '--user', 'true'),
);

/** Starts `read` where every user may connect. */
async function startRead(folder: string, ...argv: string[]): Promise<Running> {
  const path = join(folder, 's');
  const reader = new Running(cli('read', '--socket', path, ...argv));
  await until('it listens', () => isListening(path));
  chmodSync(path, 0o777);
  return reader;
}

const linesOf = (text: string) => text.split('\n').slice(0, -1);

other('read turns strangers away, tells of each once, and goes on to whom it waits for', async (folder) => {
  writeFileSync(join(folder, 'file'), 'meant');
  const reader = await startRead(folder);
  const caller = new Running(asUser(OTHER, folder, ...CALLER));
  try {
    await until('strangers were turned away', () => linesOf(caller.stdout.toString()).length > 50);
    assert.equal(linesOf(reader.stderr).length, 1, reader.stderr);
    assert.match(reader.stderr, /^ancillary: uid 65534 called and was turned away[^\n]*--from-uid 65534/);
    assert.ok(existsSync(join(folder, 's')), 'its socket file stands');
    assert.is((await run(cli('send', '--socket', join(folder, 's'), join(folder, 'file')))).code, 0);
  } finally {
    await caller.end();
  }
  const { code, stdout, stderr } = await reader.ended;
  assert.equal([code, linesOf(stderr).length], [0, 1]);
  assert.match(stdout.toString(), /^Reading from passed fd \d+\nmeant$/);
});

other('read tells of ten users at most', async (folder) => {
  const reader = await startRead(folder);
  assert.is((await run(inFolder(folder, ...MANY_USERS))).code, 0);
  const { stderr } = await reader.end('SIGTERM');
  assert.is(linesOf(stderr).length, 10, stderr);
  assert.match(stderr, /of no further user/);
});

other('a signal ends read while strangers call all the time', async (folder) => {
  const reader = await startRead(folder);
  const caller = new Running(asUser(OTHER, folder, ...CALLER), { env: { CALLS: '20' } });
  try {
    await until('strangers were turned away', () => linesOf(caller.stdout.toString()).length > 50);
    assert.is((await reader.end('SIGTERM')).code, 143);
    assert.not.ok(existsSync(join(folder, 's')), 'the socket file is gone');
  } finally {
    await caller.end();
  }
});

t.test('callers who are always there already leave the event loop its turns', async () => {
  let turns = 0;
  let calls = 0;
  const stranger = { peerCredentials: { pid: 1, uid: OTHER, gid: 1 }, closeSync: () => {} };
  const meant = { ...stranger, peerCredentials: { pid: 1, uid: 0, gid: 0 } };
  const accept = () => Promise.resolve(++calls < 100 ? stranger : meant);
  const count = () => {
    turns++;
    if (calls < 100) setImmediate(count);
  };
  setImmediate(count);
  assert.is(await acceptTrusted({ accept } as unknown as UnixListener, undefined), meant);
  assert.ok(turns > 50, `${turns} turns`);
});

for (const [uid, from, ok] of [
  [OTHER, `${OTHER}`, true],
  [OTHER, 'any', true],
  [OTHER, `${THIRD}`, false],
  [0, `${OTHER}`, false],
] as const) {
  other(`read --from-uid ${from}, called by uid ${uid}: ${ok ? 'received' : 'turned away'}`, async (folder) => {
    writeFileSync(join(folder, 'file'), 'content');
    const reader = await startRead(folder, '--from-uid', from);
    const sender = await run(asUser(uid, folder, ...send('--to-uid', '0', './file')));
    if (ok) {
      assert.is(sender.code, 0, sender.stderr);
      const { code, stdout, stderr } = await reader.ended;
      assert.equal([code, stderr], [0, '']);
      assert.match(stdout.toString(), /\ncontent$/);
    } else {
      await until('it was told of', () => reader.stderr.includes(`uid ${uid} called`));
      const { code, stdout } = await reader.end('SIGINT');
      assert.equal([code, stdout.toString()], [130, '']);
    }
  });
}

t.test('a receiver that turns the sender away: one line says what may be so and what to do', () =>
  withTempDir(async (folder) => {
    const listener = UnixListener.listenSync(join(folder, 's'));
    const { connect } = UnixStream;
    // A receiver that has looked at who calls before a byte came: that the command alone could not be made to meet.
    UnixStream.connect = async (...argv) => {
      const stream = await connect.apply(UnixStream, argv);
      (await listener.accept()).closeSync();
      return stream;
    };
    try {
      const program = new Command();
      addSendCommand(program);
      const argv = ['send', '--socket', listener.path, '/dev/null'];
      const error = (await thrownBy(() => program.parseAsync(argv, { from: 'user' }))) as AncillaryError;
      assert.is(error.code, 'EPIPE');
      assert.match(error.message, /nothing was sent: the receiver at .*\/s closed .* without taking it;.*--from-uid/);
      assert.match(error.message, new RegExp(`uid ${process.geteuid?.()}:`));
    } finally {
      UnixStream.connect = connect;
      listener.closeSync();
    }
  }),
);

const noUids = ['', '-1', '1e3', '0x10', '007', '4294967295', '18446744073709551616', 'root', 'ANY', ' 1', '1\n'];
for (const value of noUids) {
  t.test(`--to-uid ${JSON.stringify(value)}: one line, exit 2`, () =>
    assertFails(new Running(cli('send', `--to-uid=${value}`, '/dev/null')), 2, /must be the number of a user.*any/),
  );
}
t.test('--from-uid -1: one line, exit 2', () =>
  assertFails(new Running(cli('read', '--from-uid=-1')), 2, /must be the number of a user.*any/),
);

t.run();
