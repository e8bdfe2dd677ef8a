/** What stands for uvu in judge.mjs: runs every suite in order, says the first failure and ends. */
import { parentPort } from 'node:worker_threads';

/** @typedef {{ name: string, run: () => unknown }} Step */

/** @type {Step[]} */
const steps = [];
let isScheduled = false;

async function runAll() {
  for (const { name, run } of steps) {
    try {
      await run();
    } catch (error) {
      parentPort?.postMessage({ killedBy: name, message: String(/** @type {Error} */ (error)?.message) });
      return;
    }
  }
  parentPort?.postMessage({ passed: steps.length });
}

/** @param {string} name */
export function suite(name) {
  /** @param {string} title @param {() => unknown} run */
  const test = (title, run) => steps.push({ name: `${name}: ${title}`, run });
  test.before = (/** @type {() => unknown} */ run) => steps.push({ name: `${name}: before`, run });
  test.after = (/** @type {() => unknown} */ run) => steps.push({ name: `${name}: after`, run });
  test.skip = () => {};
  test.run = () => {
    if (!isScheduled) setImmediate(runAll);
    isScheduled = true;
  };
  return test;
}
