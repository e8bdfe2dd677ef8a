#!/usr/bin/env node
/**
 * The only build: AssemblyScript to wasm, wasm and TypeScript to bundles, declarations, tests.
 *
 *   node scripts/build.mjs [--quiet]
 *
 * Output, all under build/:
 *   rows/                                    the tables of assembly/rows, packed (scripts/rows/pack.mjs)
 *   wasm/codec.wasm, wasm/codec.debug.wasm   the codec module, release and debug
 *   wasm/lab.wasm                            the same and the laboratory: what is not the library's
 *   wasm/fuzz.wasm                           that one with counters of what it covers
 *   index.js, codec.js, browser.js, chunks/  the library, its pure part, its face in a browser: ES modules for bundlers
 *   cli.js, cli-main.js                      the command, of the same chunks
 *   cli-exec.js                              what becomes a program of `ancillary handoff`
 *   fuzz-job.js                              what the command's fuzzer runs as processes of their own
 *   cjs/                                     library.js, and its two faces index.js and codec.js: CommonJS, what Node runs
 *   usocket.js, unix-dgram.js, notify.js, handoff.js, sysv.js    the adapters, in build/ and in cjs/ (scripts/build/adapters.mjs)
 *   fast-check.js                            the arbitraries, in build/ and in cjs/
 *   drop-in/                                 packages for npm's overrides, which stand for usocket and unix-dgram
 *   types/                                   declarations
 *   samples/                                 the two files that `npm start` passes by default
 *   bench/                                   what only `npm run bench` uses
 *   tests/                                   the tests, one module each
 */
import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { writeDropIns } from './build/adapters.mjs';
import { bundleLibrary, bundleTests } from './build/bundles.mjs';
import { emitDeclarations } from './build/declarations.mjs';
import { packRows } from './rows/pack.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
const quiet = process.argv.includes('--quiet');
const run = promisify(execFile);

/** @param {'codec' | 'lab'} module @param {'release' | 'debug' | 'lab' | 'instrument'} target @param {string} out */
async function compileAssembly(module, target, out) {
  const asc = require.resolve('assemblyscript/bin/asc.js');
  await run(
    process.execPath,
    [
      asc,
      `assembly/${module}.ts`,
      '--config',
      'assembly/asconfig.json',
      '--target',
      target,
      out.endsWith('.wat') ? '--textFile' : '--outFile',
      out,
    ],
    { cwd: root },
  );
}

/** The laboratory's module with counters: as text, which the instrumentation takes. */
async function compileWithCounters() {
  const text = 'build/wasm/fuzz.wat';
  await compileAssembly('lab', 'instrument', text);
  // A process of its own: it takes as long as a compiler.
  await run(process.execPath, ['scripts/build/add-counters.mjs', text, 'build/wasm/fuzz.wasm'], { cwd: root });
  rmSync(join(root, text));
}

/** @param {string} name @param {() => Promise<void>} work */
async function step(name, work) {
  const start = performance.now();
  await work();
  if (!quiet) console.log(`${name.padEnd(10)} ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

for (const old of ['wasm', 'chunks', 'cjs', 'types', 'tests', 'samples', 'drop-in', 'bench']) {
  rmSync(join(root, 'build', old), { recursive: true, force: true });
}
mkdirSync(join(root, 'build/wasm'), { recursive: true });
// Without one of its own npm would follow build/.gitignore, whatever package.json says, and pack nothing of build/.
writeFileSync(join(root, 'build/.npmignore'), '');

try {
  await step('rows', async () => packRows(root));
  await Promise.all([
    step('asc', async () => {
      await Promise.all([
        compileAssembly('codec', 'release', 'build/wasm/codec.wasm'),
        compileAssembly('codec', 'debug', 'build/wasm/codec.debug.wasm'),
        compileAssembly('lab', 'lab', 'build/wasm/lab.wasm'),
        compileWithCounters(),
      ]);
    }),
    step('types', () => emitDeclarations(root)),
  ]);
  await step('bundles', () => bundleLibrary(root));
  chmodSync(join(root, 'build/cli.js'), 0o755);
  writeDropIns(root);
  await step('tests', () => bundleTests(root));
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
