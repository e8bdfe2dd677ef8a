/** Ownership of descriptors: used once, closed once, never leaked, also at the limit of open files. */
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { closeAll, type OwnedFd, socketpair, UnixListener, UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';
import { arrived } from '../support/arrived.js';
import { openFds, untilOpen } from '../support/descriptors.js';
import { limitFiles } from '../support/native.js';
import { random, seed } from '../support/random.js';
import { isCloseOnExec, withFds, withPair } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

/** `count` descriptors that came through a socket. */
async function received(count: number): Promise<OwnedFd[]> {
  return withFds(count, (fds) =>
    withPair((a, b) => {
      a.sendSync('x', { fds });
      return arrived(b.receiveSync({ maxFds: count })).fds;
    }),
  );
}

const t = suite('descriptors');

// What the reactor opens, it opens once: before anything is counted.
t.before(() => withPair((a) => thrownBy(() => a.receive({ timeout: 1 }))));

for (const [name, end] of [
  ['close', (fd: OwnedFd) => fd.close()],
  ['dispose', (fd: OwnedFd) => fd[Symbol.dispose]()],
  ['closeAll', (fd: OwnedFd) => closeAll([fd])],
  ['release', (fd: OwnedFd) => closeSync(fd.release())],
] as const) {
  t.test(`after ${name} every use throws ERR_CLOSED, dispose and closeAll do nothing`, async () => {
    const before = openFds();
    const [fd] = (await received(1)) as [OwnedFd];
    assert.ok(isCloseOnExec(fd.fd) && !fd.closed);
    end(fd);
    assert.ok(fd.closed);
    assert.equal(openFds(), before);
    // Somebody else has the number now, and keeps it.
    const stranger = openSync('/dev/null', 'r');
    for (const use of [() => fd.fd, () => fd.close(), () => fd.release()]) {
      assert.is((await thrownBy(use)).code, 'ERR_CLOSED');
    }
    fd[Symbol.dispose]();
    closeAll([fd]);
    assert.ok(openFds().includes(stranger));
    closeSync(stranger);
  });
}

t.test('release keeps the descriptor open', async () => {
  const [fd] = (await received(1)) as [OwnedFd];
  const number = fd.release();
  assert.ok(openFds().includes(number));
  closeSync(number);
});

t.test('closeAll closes what it is given, with gaps, in any order, twice, and nothing else', async () => {
  const r = random(seed());
  for (let round = 0; round < 20; round++) {
    const before = openFds();
    const all = await received(50);
    const chosen = all.filter(() => r.below(3) > 0);
    const kept = all.filter((fd) => !chosen.includes(fd));
    const numbers = kept.map((fd) => fd.fd);
    const shuffled = chosen.map((fd) => [r.below(1e9), fd] as const).sort(([a], [b]) => a - b);
    closeAll([...shuffled.map(([, fd]) => fd), ...chosen.slice(0, 5)]);
    assert.equal(
      openFds().filter((fd) => !before.includes(fd)),
      numbers.sort((a, b) => a - b),
    );
    closeAll(new Set(kept));
    assert.equal(openFds(), before);
  }
});

t.test('closeAll reports a number that was closed behind its back, and closes the rest', async () => {
  const all = await received(3);
  const [first, , last] = all as [OwnedFd, OwnedFd, OwnedFd];
  const before = openFds();
  closeSync(first.fd);
  const error = await thrownBy(() => closeAll([first, last]));
  assert.is(error.code, 'EBADF');
  assert.is(openFds().length, before.length - 2);
  closeAll(all);
});

t.test('2,000 passes of 3 descriptors, half of them refused, leak nothing', () =>
  withFds(3, (fds) =>
    withPair(async (a, b) => {
      const before = openFds();
      for (let i = 0; i < 1000; i++) {
        a.sendSync('x', { fds });
        closeAll(arrived(b.receiveSync({ maxFds: 3 })).fds);
        await a.send('y', { fds });
        assert.is((await thrownBy(() => b.receive())).code, 'ERR_TRUNCATED');
      }
      await untilOpen(before);
    }),
  ),
);

t.test('400 connections, half of them refused or given up, leak nothing', () =>
  withTempDir(async (folder) => {
    const listener = UnixListener.listenSync(join(folder, 's'));
    const before = openFds();
    for (let i = 0; i < 200; i++) {
      const [client, server] = await Promise.all([UnixStream.connect(listener.path), listener.accept()]);
      client.closeSync();
      server.closeSync();
      await thrownBy(() => UnixStream.connect(join(folder, 'none')));
      await thrownBy(() => UnixListener.listen(listener.path));
    }
    // The probes of the refused listeners wait to be accepted, if they connected.
    for (let end = false; !end; ) {
      try {
        listener.acceptSync().closeSync();
      } catch {
        end = true;
      }
    }
    await untilOpen(before);
    listener.closeSync();
  }),
);

/** Runs `fn` with room for `free` more descriptors. */
async function withFreeFds<T>(free: number, fn: () => Promise<T>): Promise<T> {
  const taken = openFds();
  let limit = 0;
  for (let left = free; left > 0 || taken.includes(limit); limit++) if (!taken.includes(limit)) left--;
  const before = limitFiles(0, limit);
  try {
    return await fn();
  } finally {
    limitFiles(0, before);
  }
}

for (const free of [0, 1, 3]) {
  t.test(
    `at the limit of open files with ${free} free: receiving 5 names the limit, keeps the data, leaks nothing`,
    () =>
      withFds(5, (fds) =>
        withPair(async (a, b) => {
          // One number stays spare: to look at /proc takes a descriptor.
          const spare = openSync('/dev/null', 'r');
          const before = openFds();
          a.sendSync('payload', { fds });
          const error = await withFreeFds(free, () => thrownBy(() => b.receiveSync({ maxFds: 5 })));
          assert.is(error.code, 'ERR_TRUNCATED');
          assert.match(error.message, /RLIMIT_NOFILE.*ulimit -n/);
          assert.is(Buffer.from((error as unknown as { data: Uint8Array }).data).toString(), 'payload');
          await untilOpen(before);
          closeSync(spare);
          a.sendSync('x', { fds });
          closeAll(arrived(b.receiveSync({ maxFds: 5 })).fds);
        }),
      ),
  );
}

t.test('at the limit too, more descriptors than were asked for are just that: the peer sent too many', () =>
  withFds(5, (fds) =>
    withPair(async (a, b) => {
      for (const maxFds of [2, 3]) {
        const before = openFds();
        a.sendSync('payload', { fds });
        const error = await withFreeFds(3, () => thrownBy(() => b.receiveSync({ maxFds })));
        assert.is(error.code, 'ERR_TRUNCATED');
        assert.match(error.message, new RegExp(`more than the ${maxFds} asked for`));
        await untilOpen(before);
      }
    }),
  ),
);

t.test('at the limit accept, connect, listen and socketpair fail with EMFILE; accept works again after a close', () =>
  withTempDir(async (folder) => {
    const listener = UnixListener.listenSync(join(folder, 's'));
    const client = UnixStream.connectSync(listener.path);
    const spare = openSync('/dev/null', 'r');
    await withFreeFds(0, async () => {
      for (const open of [
        () => listener.accept(),
        () => listener.acceptSync(),
        () => UnixStream.connect(listener.path),
        () => UnixListener.listen(join(folder, 'other')),
        () => socketpair(),
      ]) {
        const error = await thrownBy(open);
        assert.is(error.code, 'EMFILE', error.message);
        assert.match(error.message, /close some descriptors/);
      }
      closeSync(spare);
      const server = await listener.accept();
      await client.send('x');
      assert.is(arrived(await server.receive()).data.toString(), 'x');
      server.closeSync();
    });
    client.closeSync();
    listener.closeSync();
  }),
);

t.run();
