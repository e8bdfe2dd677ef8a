/**
 * node autocannon.mjs MODULE PORT CONNECTIONS SECONDS: drives autocannon, and prints what it found as JSON. Each request
 * has a number of its own, and each answer must be to one that has none yet.
 */
import { pathToFileURL } from 'node:url';

const [module = '', port, connections, seconds] = process.argv.slice(2);
const { default: autocannon } = await import(pathToFileURL(module).href);

const RATE = 1000;
const answered = new Set();
let number = 0;
let wrong = 0;
let twice = 0;

const result = await autocannon({
  url: `http://127.0.0.1:${port}`,
  connections: Number(connections),
  duration: Number(seconds),
  overallRate: RATE,
  timeout: 30,
  requests: [
    {
      setupRequest: (/** @type {object} */ request) => ({ ...request, path: `/${++number}` }),
      onResponse: (/** @type {number} */ status, /** @type {string} */ body) => {
        const [, given] = /^\d+ (\d+)$/.exec(body) ?? [];
        if (status !== 200 || given === undefined) wrong++;
        else if (answered.has(given)) twice++;
        else answered.add(given);
      },
    },
  ],
});
const { errors, timeouts, non2xx, resets, latency } = result;
console.log(
  JSON.stringify({
    answered: answered.size,
    failed: timeouts + non2xx + wrong,
    // It counts timeouts as errors of connections, too.
    reset: errors - timeouts + resets,
    twice,
    p99: latency.p99,
    slowest: latency.max,
  }),
);
