// fuzz-jobs.mjs COUNT ABI DIALECT DIALECT: the inputs of a batch shared among so many processes of fuzz-ancillary.mjs.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { serve } from './serve.mjs';

const [, , count = '1', ...args] = process.argv;
const program = fileURLToPath(new URL('fuzz-ancillary.mjs', import.meta.url));

const jobs = Array.from({ length: Number(count) }, () => {
  const { stdin, stdout } = spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: stdout })[Symbol.asyncIterator]();
  return async (/** @type {number} */ n) => {
    stdin.write(`${n}\n`);
    // A job whose input ends, as this process does, ends too.
    if ((await answers.next()).done) throw new Error('a job ended');
  };
});

serve(async (/** @type {number} */ n) => {
  await Promise.all(jobs.map((run) => run(Math.ceil(n / jobs.length))));
});
