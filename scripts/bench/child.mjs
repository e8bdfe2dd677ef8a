import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/**
 * @typedef {{ program: string, args: string[] }} Command
 * @typedef {{ run: (n: number) => Promise<number>, stop: () => Promise<void> }} Runner run: nanoseconds of n operations
 * @typedef {{ code: number | null, at: bigint, how: string }} End
 */

const answerLimit = 30_000;
const stopLimit = 2_000;

/** @type {Set<import('node:child_process').ChildProcess>} every process that the bench started and that has not ended */
const alive = new Set();

/** Children that serve others (an echo's second process) end by themselves when these do. */
export function killChildren() {
  for (const child of alive) child.kill('SIGKILL');
}

/**
 * @param {Command} command
 * @param {string} directory where the child puts what is temporary
 * @param {'pipe' | 'ignore'} stream
 */
function begin({ program, args }, directory, stream) {
  const child = spawn(program, args, { stdio: [stream, stream, 'pipe'], env: { ...process.env, TMPDIR: directory } });
  alive.add(child);
  let complaint = '';
  let at = 0n;
  child.stderr?.on('data', (chunk) => {
    complaint = (complaint + chunk).slice(0, 4000);
  });
  child.on('exit', () => {
    at = process.hrtime.bigint();
  });
  const ended = /** @type {Promise<End>} */ (
    new Promise((resolve) => {
      child.on('error', (error) => resolve({ code: null, at, how: error.message }));
      // close, not exit: by then its complaint has come.
      child.on('close', (code, signal) =>
        resolve({ code, at, how: `ended with ${signal ?? code}${cause(complaint)}` }),
      );
    })
  );
  ended.then(() => alive.delete(child));
  return { child, ended };
}

/** The line that names the error, among those that show where it was. @param {string} complaint */
function cause(complaint) {
  const lines = complaint.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('Node.js v'));
  const line = lines.find((text) => /^\w*(Error|Exception)\b/.test(text)) ?? lines.at(-1);
  return line === undefined ? '' : `: ${line.trim()}`;
}

/**
 * @template T
 * @param {Promise<T>} work settles at the latest when the child ends
 * @param {import('node:child_process').ChildProcess} child
 * @param {number} limit milliseconds
 */
async function bounded(work, child, limit) {
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill('SIGKILL');
  }, limit);
  try {
    return await work;
  } catch (error) {
    throw isLate ? new Error(`no answer within ${limit / 1000} s`) : error;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A process that stays and times the batches it is asked for.
 *
 * @param {Command} command @param {string} directory
 * @returns {Runner}
 */
export function startServing(command, directory) {
  const { child, ended } = begin(command, directory, 'pipe');
  // When the contender has died, `ended` tells why; that the pipe broke too says nothing more.
  child.stdin?.on('error', () => {});
  const lines = createInterface({ input: /** @type {import('node:stream').Readable} */ (child.stdout) });
  const died = ended.then(({ how }) => {
    throw new Error(how);
  });
  died.catch(() => {});
  return {
    async run(n) {
      const answer = once(lines, 'line');
      child.stdin?.write(`${n}\n`);
      const [line] = await bounded(Promise.race([answer, died]), child, answerLimit);
      if (!/^\d+$/.test(line)) throw new Error(`answered ${JSON.stringify(line)}, not nanoseconds`);
      return Number(line);
    },
    async stop() {
      child.stdin?.end();
      await bounded(ended, child, stopLimit);
    },
  };
}

/**
 * A process whose whole life is the operation.
 *
 * @param {Command} command @param {string} directory
 * @returns {Runner}
 */
export function startAnew(command, directory) {
  return {
    async run(n) {
      let total = 0;
      for (let i = 0; i < n; i++) {
        const start = process.hrtime.bigint();
        const { child, ended } = begin(command, directory, 'ignore');
        const { code, at, how } = await bounded(ended, child, answerLimit);
        if (code !== 0) throw new Error(how);
        total += Number(at - start);
      }
      return total;
    },
    stop: async () => {},
  };
}

/**
 * A process that ends as soon as it has found what it looks for, or all in vain, and says how many inputs that took:
 * {"executions":N}. It is ended after `limit` milliseconds.
 *
 * @param {Command} command @param {string} directory @param {number} limit
 * @returns {Promise<{ nanoseconds: number | null, executions: number | null }>} null: nothing was found
 */
export async function startSearch(command, directory, limit) {
  const start = process.hrtime.bigint();
  const { child, ended } = begin(command, directory, 'pipe');
  child.stdin?.end();
  let said = '';
  child.stdout?.on('data', (chunk) => {
    said += chunk;
  });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill('SIGKILL');
  }, limit);
  const { code, at, how } = await ended;
  clearTimeout(timer);
  const [, executions] = /"executions":(\d+|null)/.exec(said) ?? [];
  if (isLate || executions === 'null') return { nanoseconds: null, executions: null };
  if (code !== 0 || executions === undefined) throw new Error(how);
  return { nanoseconds: Number(at - start), executions: Number(executions) };
}
