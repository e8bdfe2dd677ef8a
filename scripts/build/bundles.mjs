/**
 * The library in the forms that its users load. Node gets one CommonJS build, whichever way it asks: a class and its
 * state exist once in a process. Bundlers and browsers get ES modules.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build } from 'esbuild';

/** What every bundle shares; the target is the oldest Node that `engines` admits. */
const shared = /** @type {const} */ ({ bundle: true, target: 'node20.19', logLevel: 'warning' });

/**
 * commander is CommonJS, and an ES module has no `require` for what it requires of Node. A banner with one would be in
 * every output, also in the codec, which must not need Node.
 * @type {import('esbuild').Plugin}
 */
const nodeBuiltins = {
  name: 'node-builtins',
  setup(bundle) {
    bundle.onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === 'require-call' ? { path, namespace: 'builtin' } : { path, external: true },
    );
    bundle.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('${path}');`,
    }));
  },
};

/** Leaves what a file imports as it is. @type {import('esbuild').Plugin} */
const keepImports = {
  name: 'keep-imports',
  setup(bundle) {
    bundle.onResolve({ filter: /.*/ }, ({ path, kind }) =>
      kind === 'entry-point' ? undefined : { path, external: true },
    );
  },
};

/** @param {string} root */
export async function bundleLibrary(root) {
  const { outputs } = await bundleModules(root);
  const nodeEntries = ['build/index.js', 'build/codec.js'];
  await convertToCommonJs(root, reachable(outputs, nodeEntries));
  mkdirSync(join(root, 'build/node'), { recursive: true });
  for (const entry of nodeEntries) {
    const file = relative('build', entry);
    writeFileSync(join(root, 'build/node', file), wrap(`../cjs/${file}`, outputs[entry]?.exports ?? []));
  }
}

/** ES modules. The library, its pure part and the command share chunks, so that one class exists once. @param {string} root */
async function bundleModules(root) {
  const { metafile } = await build({
    ...shared,
    absWorkingDir: root,
    entryPoints: {
      index: 'host/index.ts',
      codec: 'host/codec.ts',
      browser: 'host/browser.ts',
      cli: 'host/cli/main.ts',
    },
    outdir: 'build',
    chunkNames: 'chunks/[name]-[hash]',
    format: 'esm',
    splitting: true,
    metafile: true,
    loader: { '.wasm': 'binary' },
    // For `node` the wasm would be decoded with Buffer.
    platform: 'neutral',
    // commander is bundled into the command: koffi stays the only dependency at run time.
    external: ['koffi'],
    plugins: [nodeBuiltins],
  });
  return metafile;
}

/** The same files once more, each as CommonJS, below build/cjs. @param {string} root @param {string[]} files */
async function convertToCommonJs(root, files) {
  await build({
    ...shared,
    absWorkingDir: root,
    entryPoints: files,
    outdir: 'build/cjs',
    outbase: 'build',
    format: 'cjs',
    platform: 'node',
    plugins: [keepImports],
    // It is `undefined` there, and host/libc/load.ts knows.
    logOverride: { 'empty-import-meta': 'silent' },
  });
  writeFileSync(join(root, 'build/cjs/package.json'), '{ "type": "commonjs" }\n');
}

/** The files that `entries` import, and they themselves. @param {import('esbuild').Metafile['outputs']} outputs @param {string[]} entries */
function reachable(outputs, entries) {
  const found = new Set(entries);
  for (const file of found) {
    for (const { path, external } of outputs[file]?.imports ?? []) if (!external) found.add(path);
  }
  return [...found];
}

/** An ES module with the names of a CommonJS one. @param {string} file @param {string[]} names */
function wrap(file, names) {
  return `import library from '${file}';\nexport const { ${names.join(', ')} } = library;\n`;
}

/** The tests, one module each. @param {string} root */
export async function bundleTests(root) {
  const entryPoints = readdirSync(join(root, 'tests'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `tests/${name}`);
  await build({
    ...shared,
    absWorkingDir: root,
    entryPoints,
    outdir: 'build/tests',
    outbase: 'tests',
    format: 'esm',
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    platform: 'node',
    packages: 'external',
    loader: { '.wasm': 'binary' },
    sourcemap: 'inline',
  });
}
