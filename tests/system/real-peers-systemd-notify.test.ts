/** `systemd-notify` tells us what it would tell a service manager, and waits for us. */
import { join } from 'node:path';
import { closeAll, UnixDatagram } from 'ancillary';
import * as assert from 'uvu/assert';
import { peerTests } from '../support/peer-test.js';
import { Running, sleep } from '../support/process.js';
import { suite } from '../support/suite.js';
import { lacks } from '../support/tools.js';

const t = suite('real-peers-systemd-notify');
const test = peerTests(t);

const noNotify = lacks('systemd-notify', '--version');
const WAIT = { timeout: 20_000 };

/** Runs `fn` as the manager of `systemd-notify` with these arguments, at a path or an abstract name. */
function withNotifier(
  argv: string[],
  isAbstract: boolean,
  fn: (manager: UnixDatagram, notifier: Running) => Promise<void>,
): (folder: string) => Promise<void> {
  return async (folder) => {
    const path = join(folder, 'notify');
    const options = { credentials: true, maxFds: Infinity } as const;
    const manager = UnixDatagram.bindSync(isAbstract ? { abstract: path } : path, options);
    const address = isAbstract ? `@${path}` : path;
    const notifier = new Running(['systemd-notify', ...argv], { env: { NOTIFY_SOCKET: address } });
    try {
      await fn(manager, notifier);
    } finally {
      if (!manager.closed) manager.closeSync();
      await notifier.end();
    }
  };
}

for (const isAbstract of [false, true]) {
  test(
    noNotify,
    `systemd-notify at ${isAbstract ? 'an abstract name' : 'a path'} waits until we let its barrier go, and no longer`,
    withNotifier(['--ready', '--status=up', `--pid=${process.pid}`], isAbstract, async (manager, notifier) => {
      const { data, fds, credentials } = await manager.receive(WAIT);
      const lines = data.toString().split('\n');
      assert.equal(lines.sort(), [`MAINPID=${process.pid}`, 'READY=1', 'STATUS=up']);
      assert.is(fds.length, 0);
      assert.is(credentials?.uid, process.geteuid?.());
      // With the right to, it speaks for that process.
      assert.ok([process.pid, notifier.pid].includes(credentials?.pid ?? 0), `${credentials?.pid}`);

      const barrier = await manager.receive(WAIT);
      assert.equal([barrier.data.toString(), barrier.fds.map(({ kind }) => kind)], ['BARRIER=1', ['pipe']]);
      await sleep(150);
      assert.is(notifier.child.exitCode, null);
      closeAll(barrier.fds);
      const { code, stderr } = await notifier.ended;
      assert.equal([code, stderr], [0, '']);
    }),
  );
}

test(
  noNotify,
  'systemd-notify goes on when the manager ends with its barrier unread',
  withNotifier(['--ready'], false, async (manager, notifier) => {
    assert.is((await manager.receive(WAIT)).data.toString(), 'READY=1');
    const { data, fds } = await manager.receive({ ...WAIT, peek: true });
    closeAll(fds);
    assert.is(data.toString(), 'BARRIER=1');
    assert.is(notifier.child.exitCode, null);
    manager.closeSync();
    assert.is((await notifier.ended).code, 0);
  }),
);

test(
  noNotify,
  'systemd-notify --no-block sends no barrier',
  withNotifier(['--ready', '--no-block', 'X_OWN=ü'], false, async (manager, notifier) => {
    assert.is((await notifier.ended).code, 0);
    const { data, fds } = await manager.receive(WAIT);
    assert.equal([data.toString().split('\n').sort(), fds.length], [['READY=1', 'X_OWN=ü'], 0]);
    assert.is((await manager.receive({ timeout: 50 }).catch((error) => error)).code, 'ETIMEDOUT');
  }),
);

t.run();
