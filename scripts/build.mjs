#!/usr/bin/env node
/**
 * The only build: AssemblyScript to wasm, wasm and TypeScript to bundles, declarations, tests.
 *
 *   node scripts/build.mjs [--quiet]
 *
 * Output, all under build/:
 *   wasm/codec.wasm, wasm/codec.debug.wasm   the codec module, release and debug
 *   index.js, codec.js, cli.js, chunks/      the library, its pure part, the command (ES modules, wasm embedded)
 *   types/                                   declarations
 *   samples/                                 the two files that `npm start` passes by default
 *   tests/                                   the tests, one module each
 */
import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
const quiet = process.argv.includes('--quiet');
const run = promisify(execFile);

/** What every bundle shares; the target is the oldest Node that `engines` admits. */
const shared = /** @type {const} */ ({
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  logLevel: 'warning',
});

/** @param {'release' | 'debug'} target @param {string} out */
async function compileAssembly(target, out) {
  const asc = require.resolve('assemblyscript/bin/asc.js');
  await run(
    process.execPath,
    [asc, 'assembly/codec.ts', '--config', 'assembly/asconfig.json', '--target', target, '--outFile', out],
    { cwd: root },
  );
}

async function emitTypes() {
  const tsc = join(require.resolve('typescript/package.json'), '../bin/tsc');
  await run(process.execPath, [tsc, '-p', 'scripts/tsconfig.types.json'], { cwd: root });
}

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

/** The library, its pure part and the command share chunks, so that one class exists once. */
async function bundleLibrary() {
  await build({
    ...shared,
    entryPoints: { index: 'host/index.ts', codec: 'host/codec.ts', cli: 'host/cli/main.ts' },
    outdir: 'build',
    chunkNames: 'chunks/[name]-[hash]',
    splitting: true,
    loader: { '.wasm': 'binary' },
    // For `node` the wasm would be decoded with Buffer.
    platform: 'neutral',
    // commander is bundled into the command: koffi stays the only dependency at run time.
    packages: 'bundle',
    external: ['koffi'],
    plugins: [nodeBuiltins],
  });
}

async function bundleTests() {
  const entryPoints = readdirSync(join(root, 'tests'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `tests/${name}`);
  await build({
    ...shared,
    entryPoints,
    outdir: 'build/tests',
    outbase: 'tests',
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    loader: { '.wasm': 'binary' },
    sourcemap: 'inline',
  });
}

/** @param {string} name @param {() => Promise<void>} work */
async function step(name, work) {
  const start = performance.now();
  await work();
  if (!quiet) console.log(`${name.padEnd(10)} ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

for (const old of ['wasm', 'chunks', 'types', 'tests', 'samples']) {
  rmSync(join(root, 'build', old), { recursive: true, force: true });
}
mkdirSync(join(root, 'build/wasm'), { recursive: true });
// Without one of its own npm would follow build/.gitignore, whatever package.json says, and pack nothing of build/.
writeFileSync(join(root, 'build/.npmignore'), '');

try {
  await Promise.all([
    step('asc', async () => {
      await Promise.all([
        compileAssembly('release', 'build/wasm/codec.wasm'),
        compileAssembly('debug', 'build/wasm/codec.debug.wasm'),
      ]);
    }),
    step('types', emitTypes),
  ]);
  await step('bundles', bundleLibrary);
  chmodSync(join(root, 'build/cli.js'), 0o755);
  await step('tests', bundleTests);
  cpSync(join(root, 'host/cli/samples'), join(root, 'build/samples'), { recursive: true });
} catch (error) {
  const {
    stdout = '',
    stderr = '',
    message,
  } = /** @type {{ stdout?: string, stderr?: string, message: string }} */ (error);
  console.error(`build failed\n${stdout}${stderr}` || message);
  if (!stdout && !stderr) console.error(message);
  process.exitCode = 1;
}
