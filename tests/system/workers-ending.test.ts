/** However a worker ends, nothing of it stays open, and the process lives on. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../support/suite.js';
import { threads } from '../support/threads.js';

const t = suite('workers that end');
/** How often is terminated: most ends take a worker by itself, this one takes it wherever it is. */
const TERMINATIONS = 50;
const ENDS = 8;

/** Holds a descriptor of every kind, and waits for everything that can be waited for. */
const everything = `
  const [a, b] = socketpair();
  const file = fs.openSync('/dev/null');
  a.sendSync('x', { fds: [file, file, file] });
  fs.closeSync(file);
  const { fds } = b.receiveSync({ maxFds: 3 });
  globalThis.held = [a, b, fds, fds[0].fd];
  const waits = [b.receive(), a.send(Buffer.alloc(1 << 22))];
  const path = workerData.folder + '/socket' + workerData.i;
  const idle = UnixListener.listenSync(path + 'a');
  const full = UnixListener.listenSync(path + 'b', { backlog: 0 });
  waits.push(idle.accept());
  for (let i = 0; i < 3; i++) waits.push(UnixStream.connect(path + 'b'));
  globalThis.held.push(idle, full, waits);
  for (const wait of waits) wait.catch(() => {});
`;

const ends = {
  'terminate()': { worker: `parentPort.postMessage('waits');`, stop: 'await worker.terminate();', times: TERMINATIONS },
  'process.exit': { worker: `parentPort.postMessage('waits'); setTimeout(() => process.exit(), workerData.i % 4);` },
  'an uncaught error': { worker: `parentPort.postMessage('waits'); throw new Error('meant');` },
  'an uncaught error in a later turn': {
    worker: `parentPort.postMessage('waits'); setImmediate(() => { throw new Error('meant'); });`,
  },
};

async function repeat(worker: string, { stop = '', times = ENDS, options = '' } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'workers-'));
  try {
    return await threads(
      worker,
      `
      const live = async (i) => {
        const worker = new Worker(url, { workerData: { i, folder: ${JSON.stringify(folder)} }, ${options} });
        worker.on('error', (error) => {
          if (error.message !== 'meant') console.log(error);
        });
        const exit = new Promise((resolve) => worker.once('exit', resolve));
        await new Promise((resolve) => worker.once('message', resolve));
        ${stop}
        await exit;
      };
      // What a first worker opens for the whole process is no leak.
      await live(0);
      const before = open();
      for (let i = 1; i <= ${times}; i++) await live(i);
      await until(() => open() <= before);
      console.log(open() - before);
      `,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const [name, { worker, ...how }] of Object.entries<{ worker: string; stop?: string; times?: number }>(ends)) {
  t.test(`workers that wait for everything, ended by ${name}, leave nothing open`, async () =>
    assert.is(await repeat(`${everything}${worker}`, how), '0'),
  );
}

t.test('workers that end by themselves leave nothing open of what they hold', async () => {
  const worker = `
      const [a, b] = socketpair();
      const file = fs.openSync('/dev/null');
      a.sendSync('x', { fds: [file, file, file] });
      fs.closeSync(file);
      const { fds } = await b.receive({ maxFds: 3 });
      globalThis.held = [a, b, fds, fds[0].fd, UnixListener.listenSync(workerData.folder + '/socket').unref()];
      parentPort.postMessage('ends');
    `;
  assert.is(await repeat(worker), '0');
});

t.test(
  'where the creator of a worker does not want Node to close anything, all ends but terminate() still do',
  async () => {
    const { worker } = ends['process.exit'];
    assert.is(await repeat(`${everything}${worker}`, { options: 'trackUnmanagedFds: false' }), '0');
  },
);

t.test('workers ended in the midst of traffic neither abort the process nor disturb the others', async () => {
  const out = await threads(
    `
      const [a, b] = socketpair();
      const file = fs.openSync('/dev/null');
      b.forEachMessage(({ fds }) => closeAll(fds), { maxFds: 8 });
      parentPort.postMessage('runs');
      if (workerData === 'short') for (;;) await a.send('x', { fds: [file, file] });
      for (let i = 0; i < 20_000; i++) await a.send('x', { fds: [file] });
      parentPort.postMessage('done');
      process.exit();
      `,
    `
      const long = new Worker(url, { workerData: 'long' });
      const [, exit] = [await once(long, 'message'), once(long, 'exit')];
      const done = once(long, 'message');
      for (let i = 0; i < 20; i++) {
        const worker = new Worker(url, { workerData: 'short' });
        await once(worker, 'message');
        await new Promise((resolve) => setTimeout(resolve, i % 5));
        await worker.terminate();
      }
      console.log(await done, await exit);
      `,
  );
  assert.is(out, 'done 0');
});

t.run();
