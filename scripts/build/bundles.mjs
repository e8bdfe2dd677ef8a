/**
 * The library in the forms that its users load. Node gets one CommonJS build, whichever way it asks: a class and its
 * state exist once in a process. Bundlers and browsers get ES modules.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { ADAPTERS } from './adapters.mjs';

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
      // Asked for node:process, Node reads every getter of it: one opens standard output, and sets O_NONBLOCK on a pipe.
      contents: `module.exports = ${path === 'node:process' ? 'process' : `process.getBuiltinModule('${path}')`};`,
    }));
  },
};

/** Entries that are small files beside the library. */
const SIDE_ENTRIES = {
  ...Object.fromEntries(ADAPTERS.map((name) => [name, `host/adapters/${name}.ts`])),
  'fast-check': 'host/fast-check.ts',
};

/** @param {string} root */
export async function bundleLibrary(root) {
  const [{ outputs }] = await Promise.all([
    bundleModules(root),
    bundleForNode(root),
    bundleSidesForNode(root),
    bundleFuzzJob(root),
  ]);
  writeFileSync(join(root, 'build/cjs/package.json'), '{ "type": "commonjs" }\n');
  for (const file of ['index.js', 'codec.js']) {
    const names = outputs[`build/${file}`]?.exports.join(', ');
    // Node reads every byte of a CommonJS file that is imported, in search of names: of a small one, not of the library.
    // An ES module in front of it would take another millisecond of every start.
    const view = `const { ${names} } = require('./library.js');\nmodule.exports = { ${names} };\n`;
    writeFileSync(join(root, 'build/cjs', file), view);
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
      cli: 'host/cli/start.ts',
      'cli-main': 'host/cli/main.ts',
      'cli-exec': 'host/cli/handoff/exec-step.ts',
      'bench/fuzz': 'host/fuzz/bench.ts',
      ...SIDE_ENTRIES,
    },
    outdir: 'build',
    chunkNames: 'chunks/[name]-[hash]',
    format: 'esm',
    splitting: true,
    metafile: true,
    loader: { '.wasm': 'binary', '.c': 'text', '.h': 'text' },
    // For `node` the wasm would be decoded with Buffer.
    platform: 'neutral',
    // commander is bundled into the command: koffi stays the only dependency at run time. fast-check is the user's.
    external: ['koffi', PEER],
    plugins: [nodeBuiltins],
  });
  return metafile;
}

/**
 * One CommonJS file. In several, each call from one to another would go through a getter: passing a descriptor took 4 %
 * longer. What the entries beside it use of it is exported as well. V8 reads all of it at every start: comments and indentation
 * are left out, but lines stay short, because Node prints the one that threw.
 * @param {string} root
 */
async function bundleForNode(root) {
  const faces = {
    index: './host/index.ts',
    base: './host/adapters/base.ts',
    sysv: './host/sysv/base.ts',
    handoff: './host/handoff/base.ts',
    arbitraries: './host/fast-check/base.ts',
  };
  const names = await exportsOf(root, faces);
  const members = new Map(
    Object.entries(names).flatMap(([face, list]) => list.map((name) => [name, `${face}.${name}`])),
  );
  await build({
    ...shared,
    absWorkingDir: root,
    stdin: {
      // Not `export *`: esbuild would define a getter for each name, and another above it, at every start.
      contents: [
        ...Object.entries(faces).map(([face, file]) => `import * as ${face} from '${file}';`),
        `module.exports = { ${Array.from(members, ([name, member]) => `${name}: ${member}`)} };`,
      ].join('\n'),
      resolveDir: root,
    },
    outfile: 'build/cjs/library.js',
    format: 'cjs',
    platform: 'node',
    minifyWhitespace: true,
    lineLimit: 120,
    loader: { '.wasm': 'binary', '.c': 'text' },
    external: ['koffi'],
    logOverride: {
      // It is `undefined` there, and host/libc/load.ts knows.
      'empty-import-meta': 'silent',
      // The entry imports, and still is CommonJS in what it exports.
      'commonjs-variable-in-esm': 'silent',
    },
  });
}

/**
 * The names that modules export, types apart.
 * @template {string} Name
 * @param {string} root @param {Record<Name, string>} modules
 * @returns {Promise<Record<Name, string[]>>}
 */
async function exportsOf(root, modules) {
  const { metafile } = await build({
    ...shared,
    absWorkingDir: root,
    entryPoints: modules,
    outdir: '.',
    write: false,
    format: 'esm',
    platform: 'node',
    loader: { '.wasm': 'empty' },
    metafile: true,
  });
  const found = Object.keys(modules).map((name) => [name, metafile.outputs[`${name}.js`]?.exports]);
  return Object.fromEntries(found);
}

/**
 * What the entries beside it use of the library is in its one file, not in each of theirs.
 * @type {import('esbuild').Plugin}
 */
const libraryBeside = {
  name: 'library-beside',
  setup(bundle) {
    bundle.onResolve({ filter: /\/base\.js$/ }, () => ({ path: './library.js', external: true }));
    bundle.onResolve({ filter: /^\.\.?\// }, ({ path, importer, resolveDir }) => {
      if (/\/host\/(adapters\/|sysv\/|handoff\/|fast-check[./])/.test(join(resolveDir, path))) return undefined;
      return { errors: [{ text: `${importer} imports ${path}: it has the library of its base.ts alone` }] };
    });
  },
};

/** The package that an entry takes from whoever uses it. */
const PEER = 'fast-check';

/**
 * Where it is not there, one line says what to install: Node's own would tell of files of ours.
 * @type {import('esbuild').Plugin}
 */
const peerOrReason = {
  name: 'peer-or-reason',
  setup(bundle) {
    bundle.onResolve({ filter: /^fast-check$/ }, ({ namespace }) =>
      namespace === 'peer' ? { path: PEER, external: true } : { path: PEER, namespace: 'peer' },
    );
    const reason = `ancillary/${PEER} needs the package ${PEER}: run npm install --save-dev ${PEER}`;
    bundle.onLoad({ filter: /.*/, namespace: 'peer' }, ({ path }) => ({
      contents: `
        try {
          module.exports = require('${path}');
        } catch (cause) {
          // It may be there and fail by itself.
          if (cause.code !== 'MODULE_NOT_FOUND' || !cause.message.includes("'${path}'")) throw cause;
          const { AncillaryError } = require('./base.js');
          throw new AncillaryError('ERR_UNSUPPORTED', '${reason}', { cause });
        }`,
    }));
  },
};

/** @param {string} root */
async function bundleSidesForNode(root) {
  await build({
    ...shared,
    absWorkingDir: root,
    entryPoints: SIDE_ENTRIES,
    outdir: 'build/cjs',
    format: 'cjs',
    platform: 'node',
    plugins: [peerOrReason, libraryBeside],
  });
}

/**
 * What the command's fuzzer runs as a process: one file, since it starts often. In chunks that it shared, the command
 * would have to load more of them, too.
 * @param {string} root
 */
async function bundleFuzzJob(root) {
  await build({
    ...shared,
    absWorkingDir: root,
    entryPoints: { 'fuzz-job': 'host/fuzz/job/main.ts' },
    outdir: 'build',
    format: 'esm',
    platform: 'node',
    loader: { '.wasm': 'binary', '.c': 'text' },
    external: ['koffi'],
  });
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
    loader: { '.wasm': 'binary', '.c': 'text' },
    sourcemap: 'inline',
  });
}
