/** Worker threads in a process of their own, or in the test's. */
import { Worker, type WorkerOptions } from 'node:worker_threads';
import * as assert from 'uvu/assert';
import { run, type StartOptions, script } from './process.js';

/**
 * Runs `main` in the main thread of a new process, with `worker` as the text of its worker; the process must end well
 * and warn of nothing. Only the worker loads the library. Returns what was printed.
 */
export async function threads(
  worker: string,
  main: string,
  { flags = [], ...options }: StartOptions & { flags?: string[] } = {},
): Promise<string> {
  const text = `
    import fs from 'node:fs';
    import { createRequire } from 'node:module';
    import { parentPort, workerData } from 'node:worker_threads';
    const { closeAll, socketpair, UnixListener, UnixStream } = createRequire(process.cwd() + '/x.js')('ancillary');
    ${worker}
  `;
  const { code, signal, stdout, stderr } = await run(
    script(
      `
      import fs from 'node:fs';
      import { Worker } from 'node:worker_threads';
      const url = new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(text)}));
      const once = (worker, event) => new Promise((resolve, reject) => {
        worker.once(event, resolve);
        worker.once('error', reject);
      });
      const open = () => fs.readdirSync('/proc/self/fd').length;
      const until = async (condition) => {
        for (const end = Date.now() + 30_000; !condition(); await new Promise((resolve) => setTimeout(resolve, 5))) {
          if (Date.now() > end) throw new Error('waited in vain: ' + condition);
        }
      };
      ${main}
      `,
      ...flags,
    ),
    options,
  );
  // What Node itself has to say of flags is none of ours.
  const warnings = stderr.replace(/^.*(SecurityWarning|ExperimentalWarning|--trace-warnings).*\n/gm, '');
  assert.equal([code, signal, warnings], [0, null, '']);
  return stdout.toString().trim();
}

/** Runs the calling module once more, in a worker, which gets `data`; fails as it fails, returns its last message. */
export function inWorker(url: string, data: unknown, options: WorkerOptions = {}): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let last: unknown;
    const worker = new Worker(new URL(url), { ...options, workerData: data });
    worker.on('message', (message) => {
      last = message;
    });
    worker.on('error', reject);
    worker.on('exit', (code) => (code === 0 ? resolve(last) : reject(new Error(`exit code ${code}`))));
  });
}
