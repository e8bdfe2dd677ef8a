/** What a worker does with its sockets never meets those of another thread, whose numbers are in the same table. */
import * as assert from 'uvu/assert';
import { run, script } from '../support/process.js';
import { suite } from '../support/suite.js';

const t = suite('workers-listen');

t.test('while a worker listens and closes, connections of the main thread are its own', async () => {
  const { stdout, stderr } = await run(
    script(`
      import { mkdtempSync, rmSync } from 'node:fs';
      import { tmpdir } from 'node:os';
      import { Worker } from 'node:worker_threads';
      import { UnixListener, UnixStream } from 'ancillary';
      const folder = mkdtempSync(tmpdir() + '/ancillary-test-');
      const worker = new Worker(\`
        const { parentPort, workerData } = await import('node:worker_threads');
        const { UnixListener } = await import('ancillary');
        let rounds = 0, strangers = 0;
        const step = () => {
          for (let i = 0; i < 20; i++, rounds++) {
            const listener = UnixListener.listenSync(workerData + '/worker');
            try { listener.acceptSync(); strangers++; } catch ({ code }) { if (code !== 'EAGAIN') strangers++; }
            listener.closeSync();
          }
          setImmediate(step);
        };
        step();
        parentPort.on('message', () => parentPort.postMessage({ rounds, strangers }));
      \`, { eval: true, workerData: folder });
      worker.on('error', (error) => console.log(error));
      const ask = () => new Promise((resolve) => worker.once('message', resolve).postMessage(''));
      await ask();
      const listener = UnixListener.listenSync(folder + '/main');
      const errors = {};
      let answer = { rounds: 0 };
      // Until the worker has listened often enough for its numbers to have met those of the main thread.
      for (let turn = 0; turn < 400 && answer.rounds < 1500; turn++) {
        for (let i = 0; i < 20; i++) {
          try {
            const client = UnixStream.connectSync(listener.path);
            listener.acceptSync().closeSync();
            client.closeSync();
          } catch ({ code }) {
            errors[code] = (errors[code] ?? 0) + 1;
          }
        }
        answer = await ask();
      }
      console.log(JSON.stringify(errors), answer.strangers);
      listener.closeSync();
      await worker.terminate();
      rmSync(folder, { recursive: true });
    `),
  );
  assert.equal([stdout.toString(), stderr], ['{} 0\n', '']);
});

t.run();
