/** Worker threads: each has a reactor of its own, waits without disturbing anybody, and may be ended at any time. */
import * as assert from 'uvu/assert';
import { suite } from '../support/suite.js';
import { threads } from '../support/threads.js';

const t = suite('workers');

t.test('an asynchronous receive in a worker is served, and the worker ends by itself', async () => {
  const out = await threads(
    `
      const [a, b] = socketpair();
      const got = b.receive();
      setTimeout(() => a.sendSync('in the worker'), 20);
      parentPort.postMessage(String((await got).data));
      a.closeSync();
      b.closeSync();
      `,
    `
      const worker = new Worker(url);
      // Both at once: the last message and the exit may come in one turn.
      const [message, exit] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
      console.log(message);
      console.log(exit);
      `,
  );
  assert.is(out, 'in the worker\n0');
});

t.test('main thread and two workers wait at the same time', async () => {
  const out = await threads(
    `
      const [a, b] = socketpair();
      for (let i = 0; i < 50; i++) {
        const got = b.receive();
        setImmediate(() => a.sendSync('x'));
        await got;
      }
      a.closeSync();
      b.closeSync();
      parentPort.postMessage('done');
      `,
    `
      const { socketpair } = await import('ancillary');
      const workers = [new Worker(url), new Worker(url)];
      const messages = workers.map((worker) => once(worker, 'message'));
      const exits = workers.map((worker) => once(worker, 'exit'));
      const [a, b] = socketpair();
      for (let i = 0; i < 50; i++) {
        const got = b.receive();
        setImmediate(() => a.sendSync('x'));
        await got;
      }
      for (const end of [a, b]) end.closeSync();
      console.log(await Promise.all(messages).then(String), await Promise.all(exits).then(String));
      `,
  );
  assert.is(out, 'done,done 0,0');
});

t.test('eight waiting workers leave the one thread of the pool to others', async () => {
  const out = await threads(
    `
      const [a, b] = socketpair();
      parentPort.on('message', () => a.sendSync('x'));
      parentPort.postMessage('waits');
      await b.receive();
      process.exit();
      `,
    `
      const workers = Array.from({ length: 8 }, () => new Worker(url));
      await Promise.all(workers.map((worker) => once(worker, 'message')));
      // Threads that wait for workers would hold the pool for 50 ms each, eight in a row: 400 ms for every one of these.
      const times = [];
      for (let i = 0; i < 21; i++) {
        const start = performance.now();
        await fs.promises.stat('/');
        times.push(performance.now() - start);
      }
      // The quicker ones: what a busy machine adds, it adds to some.
      console.log(times.sort((x, y) => x - y)[4] < 200);
      // They did wait.
      const exits = workers.map((worker) => once(worker, 'exit'));
      for (const worker of workers) worker.postMessage('end');
      console.log(await Promise.all(exits).then(String));
      `,
    { env: { UV_THREADPOOL_SIZE: '1' } },
  );
  assert.is(out, 'true\n0,0,0,0,0,0,0,0');
});

t.test('a worker waits also where add-ons are allowed but the network is not', async () => {
  const permission = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission';
  const out = await threads(
    `
      const [a, b] = socketpair();
      setTimeout(() => a.sendSync('x'), 20);
      parentPort.postMessage(String((await b.receive()).data));
      process.exit();
      `,
    `
      console.log(await once(new Worker(url), 'message'));
      `,
    { flags: [permission, '--allow-worker', '--allow-addons', '--allow-fs-read=*'] },
  );
  assert.is(out, 'x');
});

t.test('the process may exit while workers wait', async () => {
  const out = await threads(
    `
      socketpair()[0].receive();
      parentPort.postMessage('waits');
      `,
    `
      await once(new Worker(url), 'message');
      console.log('exits');
      process.exit(0);
      `,
  );
  assert.is(out, 'exits');
});

t.run();
