/** Waits that end by themselves while others stand in line behind them, and what happens to options meanwhile. */
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { closeAll, UnixListener, UnixStream, type WaitOptions } from 'ancillary';
import * as assert from 'uvu/assert';
import { arrived } from '../support/arrived.js';
import { isWithin, sleep } from '../support/process.js';
import { fill, targetOf, withFds, withPair } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('streams-ending');

t.test('a list of descriptors that changes while its send waits in line is sent as it was', () =>
  withFds(1, ([fd = -1]) =>
    withPair(async (a, b) => {
      const other = openSync('/dev/zero', 'r');
      let left = fill(a) + 3;
      const lists = [[fd], [fd], [fd]];
      const sends = lists.map((fds, i) => a.send(`${i}`, { fds }));
      lists[0]?.splice(0);
      lists[1]?.splice(0, 1, other);
      lists[2]?.push(other);
      const came: string[][] = [];
      while (left > 0) {
        const { data, fds } = arrived(await b.receive({ maxFds: 2 }));
        left -= data.length;
        if (fds.length > 0) came.push(fds.map(({ fd }) => targetOf(fd)));
        closeAll(fds);
      }
      closeSync(other);
      assert.equal(await Promise.all(sends), [1, 1, 1]);
      assert.equal(came, [['/dev/null'], ['/dev/null'], ['/dev/null']]);
    }),
  ),
);

for (const [how, code, optionsFor] of [
  ['times out', 'ETIMEDOUT', () => ({ timeout: 30 })],
  ['is aborted', 'ABORT_ERR', () => ({ signal: AbortSignal.timeout(30) })],
] as [string, string, () => WaitOptions][]) {
  t.test(`close beside a send that ${how} closes`, () =>
    withPair(async (a) => {
      fill(a);
      const send = thrownBy(() => a.send('x', optionsFor()));
      const close = a.close();
      assert.is((await send).code, code);
      await close;
      assert.ok(a.closed);
    }),
  );
}

/** Runs `fn` with the path of a listener whose backlog is full. */
async function withFull(fn: (path: string) => Promise<void>): Promise<void> {
  await withTempDir(async (folder) => {
    const listener = UnixListener.listenSync(join(folder, 's'), { backlog: 0 });
    const first = UnixStream.connectSync(listener.path);
    try {
      await fn(listener.path);
    } finally {
      first.closeSync();
      listener.closeSync();
    }
  });
}

t.test('connecting to a full backlog takes as long as its timeout', () =>
  withFull(async (path) => {
    for (const timeout of [100, 20]) {
      const start = performance.now();
      const late = thrownBy(() => UnixStream.connect(path, { timeout }));
      assert.ok(await isWithin(1000, late));
      assert.is((await late).code, 'ETIMEDOUT');
      const took = performance.now() - start;
      assert.ok(took >= timeout - 5, `took ${took} ms of ${timeout}`);
    }
  }),
);

t.test('an abort ends connecting to a full backlog within the turn', () =>
  withFull(async (path) => {
    // By now it pauses for long between two tries.
    const controller = new AbortController();
    let code: string | undefined;
    const connect = thrownBy(() => UnixStream.connect(path, { signal: controller.signal, timeout: 20_000 }));
    const told = connect.then((error) => {
      code = error.code;
    });
    await sleep(100);
    controller.abort();
    await new Promise(setImmediate);
    assert.is(code, 'ABORT_ERR');
    await told;
  }),
);

t.run();
