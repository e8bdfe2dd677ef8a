// workers.mjs stat | echo COUNT: COUNT worker threads that wait; fs.stat on the main thread, or 64 bytes there and back
// in the first of the workers.
import { stat } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { socketpair } from 'ancillary';
import { serve } from './serve.mjs';

if (isMainThread) {
  const [work, count] = process.argv.slice(2);
  const workers = Array.from(
    { length: Number(count) },
    () => new Worker(new URL(import.meta.url), { workerData: work }),
  );
  await Promise.all(workers.map(answer));
  await serve(work === 'stat' ? statFile : (n) => echoIn(/** @type {Worker} */ (workers[0]), n));
} else {
  await work(workerData === 'echo');
}

/** @param {Worker} worker @returns {Promise<void>} */
function answer(worker) {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

/** @param {Worker} worker @param {number} n */
function echoIn(worker, n) {
  worker.postMessage(n);
  return answer(worker);
}

/** @param {number} n */
async function statFile(n) {
  for (let i = 0; i < n; i++) {
    await /** @type {Promise<void>} */ (
      new Promise((resolve, reject) => stat('/', (error) => (error ? reject(error) : resolve())))
    );
  }
}

/** Waits for a message that never comes and, if asked to, echoes. @param {boolean} echoes */
async function work(echoes) {
  const [idle, other] = socketpair();
  parentPort?.postMessage('waits');
  if (echoes) {
    const data = Buffer.alloc(64);
    const room = { maxData: data.length };
    const [near, far] = socketpair();
    far.forEachMessage((message) => void far.sendSync(message.data), room);
    parentPort?.on('message', async (n) => {
      for (let i = 0; i < n; i++) {
        near.sendSync(data);
        await near.receive(room);
      }
      parentPort?.postMessage('done');
    });
  }
  await idle.receive();
  other.closeSync();
}
