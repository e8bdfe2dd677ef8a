/**
 * A thread that judges one module after another: the tests are begun anew each time, what does not depend on the module
 * (the vectors, megabytes of them) is read once. Messages in: `{ wasm, first }`; out: the verdict (runner.mjs).
 */
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

/** @type {{ script: string, vectors: string, times: [string, number][], steps: SharedArrayBuffer }} */
const { script, vectors, times, steps } = workerData;
const require = createRequire(import.meta.url);

const shared = { exports: {} };
new Function('require', 'module', vectors)(require, shared);
const tests = new Function('require', 'mutant', script);
const durations = new Map(times);
const counter = new Int32Array(steps);

parentPort?.on('message', ({ wasm, first }) => {
  let isOver = false;
  const end = (/** @type {unknown} */ verdict) => {
    if (!isOver) parentPort?.postMessage(verdict);
    isOver = true;
  };
  const begun = () => Atomics.add(counter, 0, 1);
  try {
    tests(require, { wasm, vectors: shared.exports, first, durations, begun, end });
  } catch (error) {
    end({ killedBy: 'an error outside any test', message: String(error) });
  }
});
