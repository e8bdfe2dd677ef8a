/** An accept loop in a process that has no descriptor left. */
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { UnixListener, UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';
import { limitFiles } from '../support/native.js';
import { sleep, until } from '../support/process.js';
import { suite, thrownBy } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('listener-shortage');

/** Runs `fn` with a listener that has a connection waiting, while no further descriptor can be had. */
async function withoutDescriptors(fn: (listener: UnixListener) => Promise<void>): Promise<void> {
  await withTempDir(async (folder) => {
    const listener = UnixListener.listenSync(join(folder, 's'));
    const client = UnixStream.connectSync(listener.path);
    const before = limitFiles(0, 256);
    const held: number[] = [];
    try {
      for (;;) held.push(openSync('/dev/null', 'r'));
    } catch {}
    try {
      await fn(listener);
    } finally {
      for (const fd of held) closeSync(fd);
      limitFiles(0, before);
      client.closeSync();
      listener[Symbol.dispose]();
    }
  });
}

t.test('an accept loop that fails with EMFILE leaves the processor to others, and goes well once there is room', () =>
  withoutDescriptors(async (listener) => {
    let failures = 0;
    let isOver = false;
    const loop = (async () => {
      for (;;) {
        try {
          return await listener.accept();
        } catch (error) {
          const { code, message } = error as { code: string; message: string };
          assert.is(code, 'EMFILE', message);
          assert.match(message, /the connection is still waiting/);
          failures++;
          if (isOver) limitFiles(0, 1024);
        }
      }
    })();
    const begin = performance.now();
    const start = process.cpuUsage();
    await sleep(1000);
    await until('it has tried more than once', () => failures > 1);
    const { user, system } = process.cpuUsage(start);
    const seconds = (performance.now() - begin) / 1000;
    isOver = true;
    (await loop).closeSync();
    assert.ok((user + system) / 1e6 < 0.4 * seconds, `${(user + system) / 1e6} s of processor time in ${seconds} s`);
    assert.ok(failures <= 60 * seconds, `${failures} failures in ${seconds} s`);
  }),
);

t.test('the rest after that ends with the signal, the timeout and the close', () =>
  withoutDescriptors(async (listener) => {
    const shortage = async () => assert.is((await thrownBy(() => listener.accept())).code, 'EMFILE');
    await shortage();
    const controller = new AbortController();
    const aborted = thrownBy(() => listener.accept({ signal: controller.signal }));
    const late = thrownBy(() => listener.accept({ timeout: 1 }));
    controller.abort();
    assert.equal([(await aborted).code, (await late).code], ['ABORT_ERR', 'ETIMEDOUT']);
    assert.is((await thrownBy(() => listener.accept({ signal: AbortSignal.abort() }))).code, 'ABORT_ERR');
    await shortage();
    const closed = thrownBy(() => listener.accept());
    listener.closeSync();
    assert.is((await closed).code, 'ERR_CLOSED');
  }),
);

t.run();
