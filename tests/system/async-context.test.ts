/** Callbacks belong to Node's asynchronous world: what AsyncLocalStorage holds for the caller, they see. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { join } from 'node:path';
import { UnixListener, UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';
import { arrived } from '../support/arrived.js';
import { sleep } from '../support/process.js';
import { fill, withPair } from '../support/sockets.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const store = new AsyncLocalStorage<string>();
const t = suite('async-context');

t.test('every callback of forEachMessage sees its own, at once and later, also behind a promise', () =>
  withPair(async (a, b) => {
    const seen: (string | undefined)[] = [];
    a.sendSync('1');
    const end = store.run('reader', () =>
      b.forEachMessage(async () => {
        seen.push(store.getStore());
        await sleep(1);
        seen.push(store.getStore());
      }),
    );
    for (let i = 0; i < 2; i++) {
      await sleep(5);
      store.run('sender', () => a.sendSync('x'));
    }
    await store.run('sender', () => a.close());
    await end;
    assert.equal(seen, Array(6).fill('reader'));
  }),
);

t.test('awaited receives, sends and accepts go on in that of their caller', () =>
  withTempDir((folder) =>
    withPair(async (a, b) => {
      const listener = UnixListener.listenSync(join(folder, 's'));
      const filled = fill(a);
      const waits = {
        receive: () => b.receive().then(() => store.getStore()),
        send: () => a.send('x').then(() => store.getStore()),
        accept: () =>
          listener
            .accept()
            .then((stream) => stream.close())
            .then(() => store.getStore()),
      };
      const results = Object.entries(waits).map(([name, wait]) => store.run(name, wait));
      await sleep(5);
      store.run('other', () => UnixStream.connectSync(listener.path).closeSync());
      for (let left = filled - 65536; left > 0; ) left -= arrived(await b.receive()).data.length;
      assert.equal(await Promise.all(results), Object.keys(waits));
      listener.closeSync();
    }),
  ),
);

t.test('what watches the channels sees that of the wait which it is told of', () =>
  withPair(async (a, b) => {
    const seen: (string | undefined)[] = [];
    const note = () => seen.push(store.getStore());
    subscribe('ancillary:recvmsg', note);
    try {
      const receive = store.run('receiver', () => b.receive());
      await sleep(5);
      store.run('sender', () => a.sendSync('x'));
      await receive;
    } finally {
      unsubscribe('ancillary:recvmsg', note);
    }
    assert.equal(seen, ['receiver']);
  }),
);

t.run();
