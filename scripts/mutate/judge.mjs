/**
 * The tests of the codec as one script that takes the module's bytes: the very files that `npm test` runs, bundled with
 * another source for the wasm and a runner that stops at the first failure. Each mutant is judged in a thread of its
 * own, which is ended when it takes too long: a wasm loop can be interrupted.
 */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The suites that judge, those first that say the most in the least time. A debug build has the same tests. All get the
 * laboratory's module, which is the codec and more.
 */
const SUITES = ['codec-api', 'codec-size', 'frame.release', 'codec.release', 'payloads', 'numbers', 'survey'];

/** @type {import('esbuild').Plugin} */
const mutant = {
  name: 'mutant',
  setup(bundle) {
    bundle.onResolve({ filter: /\.wasm$/ }, () => ({ path: 'wasm', namespace: 'mutant' }));
    bundle.onLoad({ filter: /.*/, namespace: 'mutant' }, () => ({
      contents: `import { workerData } from 'node:worker_threads'; export default workerData.wasm;`,
    }));
    bundle.onResolve({ filter: /^uvu$/ }, () => ({ path: fileURLToPath(new URL('runner.mjs', import.meta.url)) }));
  },
};

/** @returns {Promise<string>} */
export async function bundleJudge() {
  const { outputFiles } = await build({
    absWorkingDir: root,
    stdin: { contents: SUITES.map((name) => `import './tests/unit/${name}.test.ts';`).join('\n'), resolveDir: root },
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    plugins: [mutant],
    // The package has no side effects, but tests have.
    ignoreAnnotations: true,
    logLevel: 'warning',
  });
  return outputFiles[0]?.text ?? '';
}

/** @typedef {{ passed: number } | { killedBy: string, message: string }} Verdict */

/**
 * @param {string} script @param {Uint8Array} wasm @param {{ seed: number, seconds: number }} options
 * @returns {Promise<Verdict>}
 */
export function judge(script, wasm, { seed, seconds }) {
  const worker = new Worker(script, {
    eval: true,
    workerData: { wasm },
    env: { ...process.env, SEED: String(seed) },
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  });
  return new Promise((resolve) => {
    const end = (/** @type {Verdict} */ verdict) => {
      clearTimeout(timer);
      worker.terminate();
      resolve(verdict);
    };
    const timer = setTimeout(() => end({ killedBy: 'the time limit', message: `${seconds} s` }), seconds * 1000);
    worker.once('message', end);
    worker.once('error', (error) => end({ killedBy: 'an error outside any test', message: String(error) }));
    worker.once('exit', () => end({ killedBy: 'an end without a verdict', message: '' }));
  });
}
