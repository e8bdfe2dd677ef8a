/**
 * The tests of the codec as scripts that take the module's bytes: the very files that `npm test` runs, bundled with
 * another source for the wasm and a runner that stops at the first failure. They run in a thread, which is ended when a
 * test takes too long: a wasm loop can be interrupted.
 */
import { availableParallelism, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';

/** isSame: a host reads the same out of it. @typedef {import('./runner.mjs').Verdict | { isSame: true }} Verdict */

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The suites that judge, each a script of its own, the quickest first: most mutants need only one of them. A debug build has the same tests. All get the laboratory's module, which is the codec and more.
 */
const SUITES = [
  'ftok',
  'message-storage',
  'numbers',
  'codec-api',
  'payloads',
  'kinds',
  'codec-size',
  'frame.release',
  'codec.release',
  'survey',
];
/** What alone calls a file, where not all do. @type {[path: string, suite: string][]} */
const OWN_SUITES = [
  ['assembly/fuzz/', 'survey'],
  ['assembly/payload/frame.ts', 'frame.release'],
  ['assembly/base/ftok.ts', 'ftok'],
  ['assembly/kernel/message-parts.ts', 'message-storage'],
];
const VECTORS = 'tests/support/vectors.ts';
const READER = 'tests/support/readable.ts';

/** Files that are another one here: what judge.worker.mjs gives for each module. @type {import('esbuild').Plugin} */
const mutant = {
  name: 'mutant',
  setup(bundle) {
    bundle.onResolve({ filter: /\.wasm$/ }, () => ({ path: 'wasm', namespace: 'mutant' }));
    bundle.onResolve({ filter: /\/support\/vectors\.js$/ }, () => ({ path: 'vectors', namespace: 'mutant' }));
    bundle.onLoad({ filter: /.*/, namespace: 'mutant' }, ({ path }) => ({
      // A default export: bytes have thousands of properties to copy.
      contents: path === 'wasm' ? 'export default mutant.wasm;' : `module.exports = mutant.${path};`,
    }));
    bundle.onResolve({ filter: /^uvu$/ }, () => ({ path: fileURLToPath(new URL('runner.mjs', import.meta.url)) }));
  },
};

/** @param {string} contents @param {import('esbuild').Plugin[]} plugins */
async function bundle(contents, plugins) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    stdin: { contents, resolveDir: root },
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    plugins,
    // The package has no side effects, but tests have.
    ignoreAnnotations: true,
    logLevel: 'warning',
  });
  return outputFiles[0]?.text ?? '';
}

/** @typedef {{ scripts: string[], vectors: string, reader: string }} Tests @typedef {{ suite: number, name: string }} Killer */

/** @returns {Promise<Tests>} */
export async function bundleTests() {
  return {
    scripts: await Promise.all(SUITES.map((name) => bundle(`import './tests/unit/${name}.test.ts';`, [mutant]))),
    vectors: await bundle(`export * from './${VECTORS}';`, []),
    reader: await bundle(`export * from './${READER}';`, [mutant]),
  };
}

/** How often a thread is looked at. */
const LOOK = 250;
/** What a test may take at least, and the beginning of a suite, which is not measured, ms. */
const LEAST = 3000;
const MOST = 15_000;
/** How many share a processor just now: so many times as long takes what is measured in an empty machine. */
const crowding = () => Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());
/** The tests leave some memory behind with each module. */
const MODULES_PER_THREAD = 200;

export class Judge {
  /** @type {Worker | undefined} */
  #worker;
  #count = 0;
  /** The number of the test that runs, and how many ms it may take. */
  #steps = new Int32Array(new SharedArrayBuffer(8));
  #tests;
  #options;

  /**
   * @param {Tests} tests
   * @param {{ seed: number, times: [string, number][] }} options `times`: what each took with the unchanged module, ms
   */
  constructor(tests, options) {
    this.#tests = tests;
    this.#options = options;
  }

  /**
   * @param {Uint8Array} wasm @param {string} file the one that is changed @param {Killer[]} killers the tests to begin with
   * @param {Uint8Array} [unchanged] where a host that reads the same out of both has the same @returns {Promise<Verdict>}
   */
  async judge(wasm, file, killers, unchanged) {
    if (this.#count++ % MODULES_PER_THREAD === 0) await this.close();
    this.#worker ??= this.#start();
    const [, suite] = OWN_SUITES.find(([path]) => file.startsWith(path)) ?? [];
    const own = suite === undefined ? undefined : SUITES.indexOf(suite);
    const verdict = await this.#verdict(this.#worker, { wasm, killers, unchanged, own });
    // Whatever hangs, or has died, is used no more.
    if ('killedBy' in verdict && verdict.isFatal) await this.close();
    return verdict;
  }

  #start() {
    const { seed, times } = this.#options;
    return new Worker(new URL('judge.worker.mjs', import.meta.url), {
      workerData: { ...this.#tests, times, steps: this.#steps.buffer, leastAllowance: LEAST },
      env: { ...process.env, SEED: String(seed) },
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: 1024 },
    });
  }

  /** @param {Worker} worker @param {object} task @returns {Promise<Verdict>} */
  #verdict(worker, task) {
    return new Promise((resolve) => {
      // Until the first test begins, it is the beginning that may take long.
      Atomics.store(this.#steps, 1, MOST);
      let [seen, since] = [-1, performance.now()];
      const timer = setInterval(() => {
        const step = Atomics.load(this.#steps, 0);
        if (step !== seen) [seen, since] = [step, performance.now()];
        else if (performance.now() - since > Atomics.load(this.#steps, 1) * crowding()) fail('the time limit');
      }, LOOK);
      /** @param {Verdict} verdict */
      const end = (verdict) => {
        clearInterval(timer);
        worker.off('message', end).off('error', onError).off('exit', onExit);
        resolve(verdict);
      };
      const fail = (/** @type {string} */ killedBy, message = '') => end({ killedBy, message, isFatal: true });
      const onError = (/** @type {Error} */ error) => fail('an error outside any test', String(error));
      const onExit = () => fail('an end without a verdict');
      worker.on('message', end).on('error', onError).on('exit', onExit);
      worker.postMessage(task);
    });
  }

  async close() {
    await this.#worker?.terminate();
    this.#worker = undefined;
  }
}
