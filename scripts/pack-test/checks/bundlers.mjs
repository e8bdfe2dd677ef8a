/** Bundles of a program, moved to a folder that has nothing but koffi. */
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';
import { build } from 'esbuild';
import { expect, place, project, run, runProgram, temp, tools } from '../installation.mjs';

/** @typedef {(folder: string, entry: string) => Promise<string>} Bundle makes one in the folder, returns its file */

/** @param {import('esbuild').BuildOptions} options @returns {Bundle} */
const esbuild = (options) => async (folder, entry) => {
  const outfile = join(folder, options.format === 'cjs' ? 'bundle.cjs' : 'bundle.mjs');
  // No line for koffi is needed: it is loaded in a way that bundlers leave alone.
  const settings = { bundle: true, platform: /** @type {const} */ ('node'), logLevel: /** @type {const} */ ('silent') };
  const { warnings } = await build({ absWorkingDir: folder, entryPoints: [entry], outfile, ...settings, ...options });
  expect(warnings.length === 0, JSON.stringify(warnings));
  return outfile;
};

/** @type {Bundle} */
async function webpack(folder, entry) {
  const { promise, resolve, reject } = withResolvers();
  const compiler = tools('webpack')({
    context: folder,
    entry: `./${entry}`,
    mode: 'production',
    target: 'node',
    output: { path: folder, filename: 'bundle.cjs' },
  });
  compiler.run((/** @type {any} */ error, /** @type {any} */ stats) => {
    if (error) return reject(error);
    const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
    const problems = [...errors, ...warnings];
    return problems.length > 0 ? reject(new Error(JSON.stringify(problems))) : resolve(undefined);
  });
  await promise;
  return join(folder, 'bundle.cjs');
}

/** @param {'es' | 'cjs'} format @param {string[]} plugins @returns {Bundle} */
const rollup =
  (format, ...plugins) =>
  async (folder, entry) => {
    const file = join(folder, format === 'cjs' ? 'bundle.cjs' : 'bundle.mjs');
    const bundle = await tools('rollup').rollup({
      input: join(folder, entry),
      external: /^node:/,
      plugins: plugins.map((name) => tools(name).default()),
      onwarn: (/** @type {Error} */ warning) => {
        throw warning;
      },
    });
    await bundle.write({ file, format });
    return file;
  };

/** @type {[name: string, entry: string, bundle: Bundle][]} */
const BUNDLES = [
  ['esbuild, ES module', 'mixed.mjs', esbuild({ format: 'esm' })],
  ['esbuild, CommonJS', 'mixed.mjs', esbuild({ format: 'cjs' })],
  // With conditions of its own esbuild asks for `module` no more.
  ['esbuild with other conditions', 'mixed.mjs', esbuild({ format: 'cjs', conditions: ['production'] })],
  ['webpack', 'mixed.mjs', webpack],
  ['rollup, ES module', 'program.mjs', rollup('es', '@rollup/plugin-node-resolve')],
  ['rollup, CommonJS', 'mixed.mjs', rollup('cjs', '@rollup/plugin-node-resolve', '@rollup/plugin-commonjs')],
];

/** Bundles a fixture in a folder that is then removed; the bundle lies in another. @param {string} entry @param {Bundle} bundle */
async function bundleElsewhere(entry, bundle) {
  const workshop = join(temp, 'workshop');
  const moved = join(temp, 'moved');
  for (const folder of [workshop, moved]) rmSync(folder, { recursive: true, force: true });
  mkdirSync(moved);
  cpSync(join(project, 'node_modules'), join(workshop, 'node_modules'), { recursive: true });
  place(workshop, entry, 'required.cjs');
  const file = await bundle(workshop, entry);
  const at = join(moved, basename(file));
  cpSync(file, at);
  rmSync(workshop, { recursive: true });
  return at;
}

/** @param {string} entry @param {Record<string, unknown>} globals */
async function runInBrowser(entry, globals) {
  place(project, entry);
  const options = /** @type {const} */ ({ bundle: true, platform: 'browser', format: 'iife', write: false });
  const { outputFiles } = await build({ absWorkingDir: project, entryPoints: [entry], logLevel: 'silent', ...options });
  /** @type {string[]} */
  const printed = [];
  const console = { log: (/** @type {string} */ text) => printed.push(text) };
  await runInNewContext(String(outputFiles[0]?.text), { console, ...globals });
  // What the program awaits is over by then.
  await new Promise((resolve) => setImmediate(resolve));
  expect(printed.join() === 'ok', `printed ${printed.join()}`);
}

function withResolvers() {
  /** @type {(value: unknown) => void} */
  let resolve = () => undefined;
  /** @type {(error: unknown) => void} */
  let reject = () => undefined;
  const promise = new Promise((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/**
 * What a program says that fails. Of an error that nobody catches Node prints the line too, which is a whole bundle.
 *
 * @param {string} file @returns {Promise<string>}
 */
async function failureOf(file) {
  const load = `import(${JSON.stringify(pathToFileURL(file).href)}).catch((error) => console.error(error.message))`;
  const { stderr } = await run(process.execPath, ['--eval', load], temp);
  return stderr;
}

/** @type {import('../installation.mjs').Check[]} */
export const bundlerChecks = [
  ...BUNDLES.map(([name, entry, bundle]) => ({
    name: `a bundle passes a descriptor with koffi beside it, and says what it needs without: ${name}`,
    check: async () => {
      const file = await bundleElsewhere(entry, bundle);
      const said = await failureOf(file);
      expect(/no package koffi to be found from .*\/moved: run npm install koffi/.test(`${said}`), `said ${said}`);
      for (const koffi of ['koffi', '@koromix']) {
        const modules = join(dirname(file), 'node_modules');
        cpSync(join(project, 'node_modules', koffi), join(modules, koffi), { recursive: true });
      }
      await runProgram(file, temp);
    },
  })),
  {
    name: 'the codec bundles for a browser and runs without Node',
    check: () => runInBrowser('codec.mjs', { TextEncoder, TextDecoder }),
  },
  {
    name: 'arbitraries bundle for a browser, with fast-check',
    check: () => runInBrowser('fast-check.mjs', { TextEncoder, TextDecoder, setTimeout, clearTimeout }),
  },
  {
    name: 'the library bundles for a browser, has the codec there, and says what its sockets need',
    check: () => runInBrowser('browser.mjs', {}),
  },
];
