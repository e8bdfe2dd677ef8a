/**
 * The tests of the codec as one script that takes the module's bytes: the very files that `npm test` runs, bundled with
 * another source for the wasm and a runner that stops at the first failure. They run in a thread, which is ended when a
 * test takes too long: a wasm loop can be interrupted.
 */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';

/** @typedef {import('./runner.mjs').Verdict} Verdict */

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The suites that judge. A debug build has the same tests. All get the laboratory's module, which is the codec and more.
 */
const SUITES = ['codec-api', 'codec-size', 'frame.release', 'codec.release', 'payloads', 'numbers', 'survey'];
const VECTORS = 'tests/support/vectors.ts';

/** Files that are another one here: what judge.worker.mjs gives for each module. @type {import('esbuild').Plugin} */
const mutant = {
  name: 'mutant',
  setup(bundle) {
    bundle.onResolve({ filter: /\.wasm$/ }, () => ({ path: 'wasm', namespace: 'mutant' }));
    bundle.onResolve({ filter: /\/support\/vectors\.js$/ }, () => ({ path: 'vectors', namespace: 'mutant' }));
    bundle.onLoad({ filter: /.*/, namespace: 'mutant' }, ({ path }) => ({
      contents: `module.exports = mutant.${path};`,
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

/** @typedef {{ script: string, vectors: string }} Tests */

/** @returns {Promise<Tests>} */
export async function bundleTests() {
  return {
    script: await bundle(SUITES.map((name) => `import './tests/unit/${name}.test.ts';`).join('\n'), [mutant]),
    vectors: await bundle(`export * from './${VECTORS}';`, []),
  };
}

/** How often a thread is looked at. */
const LOOK = 250;
/** The tests leave some memory behind with each module. */
const MODULES_PER_THREAD = 200;

export class Judge {
  /** @type {Worker | undefined} */
  #worker;
  #count = 0;
  #steps = new Int32Array(new SharedArrayBuffer(4));
  #tests;
  #options;

  /**
   * @param {Tests} tests
   * @param {{ seed: number, times: [string, number][], seconds: number }} options `times` of the unchanged module, in
   *   ms; `seconds` that a test may take
   */
  constructor(tests, options) {
    this.#tests = tests;
    this.#options = options;
  }

  /** @param {Uint8Array} wasm @param {string[]} first the tests to begin with @returns {Promise<Verdict>} */
  async judge(wasm, first) {
    if (this.#count++ % MODULES_PER_THREAD === 0) await this.close();
    this.#worker ??= this.#start();
    const verdict = await this.#verdict(this.#worker, { wasm, first });
    // Whatever hangs, or has died, is used no more.
    if ('killedBy' in verdict && verdict.isFatal) await this.close();
    return verdict;
  }

  #start() {
    const { seed, times } = this.#options;
    return new Worker(new URL('judge.worker.mjs', import.meta.url), {
      workerData: { ...this.#tests, times, steps: this.#steps.buffer },
      env: { ...process.env, SEED: String(seed) },
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: 1024 },
    });
  }

  /** @param {Worker} worker @param {object} task @returns {Promise<Verdict>} */
  #verdict(worker, task) {
    return new Promise((resolve) => {
      let [seen, since] = [-1, performance.now()];
      const timer = setInterval(() => {
        const step = Atomics.load(this.#steps, 0);
        if (step !== seen) [seen, since] = [step, performance.now()];
        else if (performance.now() - since > this.#options.seconds * 1000) fail('the time limit');
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
