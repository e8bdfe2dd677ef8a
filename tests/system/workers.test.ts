/** Worker threads: each has a reactor of its own, and may end or be ended at any time. */
import * as assert from 'uvu/assert';
import { run, script } from '../support/process.js';
import { suite } from '../support/suite.js';

/** Runs `main` in the main thread, with `worker` as the text of its worker; the process must end well. */
async function threads(worker: string, main: string): Promise<string> {
  const { code, signal, stdout, stderr } = await run(
    script(`
      import { Worker } from 'node:worker_threads';
      const url = new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(`
        import { createRequire } from 'node:module';
        import { parentPort } from 'node:worker_threads';
        const { socketpair, UnixListener } = createRequire(process.cwd() + '/x.js')('ancillary');
        ${worker}
      `)}));
      const once = (worker, event) => new Promise((resolve, reject) => {
        worker.once(event, resolve);
        worker.once('error', reject);
      });
      ${main}
    `),
    { limit: 20_000 },
  );
  assert.equal([code, signal], [0, null], stderr);
  return stdout.toString().trim();
}

const t = suite('workers');

t.test(
  'an asynchronous receive in a worker is served, and the worker ends by itself',
  async () => {
    const out = await threads(
      `
      const [a, b] = socketpair();
      const got = b.receive();
      setTimeout(() => a.sendSync('in the worker'), 20);
      parentPort.postMessage(String((await got).data));
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
  },
  { timeout: 20_000 },
);

t.test(
  'workers that end by themselves leave no descriptor open',
  async () => {
    const out = await threads(
      `
      const [a, b] = socketpair();
      const got = b.receive();
      setTimeout(() => a.sendSync('x'), 5);
      await got;
      a.closeSync();
      b.closeSync();
      `,
      `
      const { readdirSync } = await import('node:fs');
      const count = () => readdirSync('/proc/self/fd').length;
      const live = () => once(new Worker(url), 'exit');
      // What a first worker opens for the whole process is no leak.
      await live();
      const before = count();
      for (let i = 0; i < 5; i++) await live();
      console.log(count() - before);
      `,
    );
    assert.is(out, '0');
  },
  { timeout: 20_000 },
);

t.test(
  'main thread and two workers wait at the same time',
  async () => {
    const out = await threads(
      `
      const [a, b] = socketpair();
      for (let i = 0; i < 50; i++) {
        const got = b.receive();
        setImmediate(() => a.sendSync('x'));
        await got;
      }
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
      console.log(await Promise.all(messages).then(String), await Promise.all(exits).then(String));
      `,
    );
    assert.is(out, 'done,done 0,0');
  },
  { timeout: 20_000 },
);

t.test(
  'terminate() while a worker waits ends it, 20 times, and the process lives',
  async () => {
    const out = await threads(
      `
      const [a, b] = socketpair();
      b.receive().catch(() => {});
      parentPort.postMessage('waits');
      `,
      `
      for (let i = 0; i < 20; i++) {
        const worker = new Worker(url);
        await once(worker, 'message');
        await new Promise((resolve) => setTimeout(resolve, i % 4));
        await worker.terminate();
      }
      console.log('alive');
      `,
    );
    assert.is(out, 'alive');
  },
  { timeout: 20_000 },
);

t.test(
  'the process may exit while workers wait',
  async () => {
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
  },
  { timeout: 20_000 },
);

t.run();
