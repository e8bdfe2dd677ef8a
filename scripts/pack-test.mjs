#!/usr/bin/env node
/** Packs the project, installs the tarball elsewhere as a user would, and uses it there. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { runInNewContext } from 'node:vm';
import { build } from 'esbuild';

if (process.argv.includes('--help')) {
  console.log(
    'Usage: node scripts/pack-test.mjs\n\nPacks, installs the tarball in an empty project, and uses it there.',
  );
  process.exit(0);
}

/** All that may be in the tarball. */
const ALLOWED = [
  /^(package\.json|README\.md|LICENSE|NOTICE|CHANGELOG\.md)$/,
  /^build\/(index|codec|cli)\.js$/,
  /^build\/chunks\/[\w-]+\.js$/,
  /^build\/types\/.*\.d\.ts$/,
  /^build\/samples\/[\w.-]+$/,
];
const REQUIRED = ['package.json', 'README.md', 'LICENSE', 'NOTICE', 'build/index.js', 'build/codec.js', 'build/cli.js'];
const TARBALL_KIB = 128;

const root = fileURLToPath(new URL('..', import.meta.url));
const fixtures = join(root, 'scripts/pack-test');
const tsc = join(createRequire(import.meta.url).resolve('typescript/package.json'), '../bin/tsc');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const temp = mkdtempSync(join(tmpdir(), 'ancillary-pack-'));
/** A project that installed the tarball. */
const project = join(temp, 'project');
/** The same without koffi, as on a platform that koffi has no build for. */
const bare = join(temp, 'bare');
const installed = join(project, 'node_modules/ancillary');
let tarball = '';

const stop = new AbortController();
let stopCode = 0;
for (const [signal, code] of /** @type {const} */ ([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
])) {
  process.on(signal, () => {
    stopCode = code;
    stop.abort();
  });
}

/** @param {string} command @param {string[]} args @param {string} cwd */
async function run(command, args, cwd) {
  return promisify(execFile)(command, args, { cwd, signal: stop.signal, timeout: 120_000, maxBuffer: 16 << 20 });
}

/** Runs a fixture in a project; it has to print `ok` and nothing else. @param {string} name @param {string} cwd */
async function runFixture(name, cwd) {
  cpSync(join(fixtures, name), join(cwd, name));
  const { stdout, stderr } = await run(process.execPath, [name], cwd);
  expect(stdout === 'ok\n' && stderr === '', `printed ${JSON.stringify({ stdout, stderr })}`);
}

/** Type checks a fixture against the declarations that were shipped. @param {string} name @param {string[]} options */
async function typeCheck(name, options) {
  cpSync(join(fixtures, name), join(project, name));
  const strict = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--target', 'es2023'];
  await run(process.execPath, [tsc, ...strict, ...options, name], project);
}

/** @param {unknown} condition @param {string} problem */
function expect(condition, problem) {
  if (!condition) throw new Error(problem);
}

/** @param {string} folder */
function listFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

const NODE_TYPES = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')];

/** @type {[name: string, check: () => Promise<void>][]} */
const CHECKS = [
  [
    'npm pack builds and packs',
    async () => {
      const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', temp], root);
      const [packed] = JSON.parse(stdout.slice(stdout.indexOf('[')));
      tarball = join(temp, packed.filename);
      expect(packed.size <= TARBALL_KIB * 1024, `${packed.size} bytes, more than ${TARBALL_KIB} KiB`);
    },
  ],
  [
    'the tarball installs in an empty project without scripts',
    async () => {
      mkdirSync(project);
      writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n');
      const quiet = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
      await run('npm', ['install', ...quiet, tarball], project);
      mkdirSync(join(bare, 'node_modules'), { recursive: true });
      cpSync(join(project, 'package.json'), join(bare, 'package.json'));
      cpSync(installed, join(bare, 'node_modules/ancillary'), { recursive: true });
    },
  ],
  [
    'it holds what users need and nothing else',
    async () => {
      const files = listFiles(installed);
      const extra = files.filter((file) => !ALLOWED.some((pattern) => pattern.test(file)));
      const missing = REQUIRED.filter((file) => !files.includes(file));
      expect(extra.length === 0, `should not be there: ${extra.join(', ')}`);
      expect(missing.length === 0, `missing: ${missing.join(', ')}`);
      const paths = files.filter((file) => readFileSync(join(installed, file), 'latin1').includes(root));
      expect(paths.length === 0, `the path of this folder is in ${paths.join(', ')}`);
    },
  ],
  [
    'the command runs',
    async () => {
      const command = join(project, 'node_modules/.bin/ancillary');
      const { stdout } = await run(command, ['--version'], project);
      expect(stdout === `${version}\n`, `--version printed '${stdout}'`);
      const abis = await run(command, ['abis', '--json'], project);
      expect(abis.stdout.includes('"x86_64-glibc"'), `abis --json printed '${abis.stdout}'`);
    },
  ],
  ['import passes a descriptor', () => runFixture('import.mjs', project)],
  ['require passes a descriptor', () => runFixture('require.cjs', project)],
  ['the codec works without koffi', () => runFixture('codec.mjs', bare)],
  ['without koffi the first system call says what it needs', () => runFixture('no-koffi.mjs', bare)],
  [
    'the codec bundles for a browser and runs without Node',
    async () => {
      cpSync(join(fixtures, 'codec.mjs'), join(project, 'codec.mjs'));
      const result = await build({
        absWorkingDir: project,
        entryPoints: ['codec.mjs'],
        bundle: true,
        platform: 'browser',
        format: 'iife',
        write: false,
        logLevel: 'silent',
      });
      /** @type {string[]} */
      const printed = [];
      const console = { log: (/** @type {string} */ text) => printed.push(text) };
      runInNewContext(String(result.outputFiles[0]?.text), { console, TextEncoder, TextDecoder });
      expect(printed.join() === 'ok', `printed ${printed.join()}`);
    },
  ],
  [
    'the declarations are right for nodenext',
    () => typeCheck('consumer.ts', ['--module', 'nodenext', '--moduleResolution', 'nodenext', ...NODE_TYPES]),
  ],
  [
    'the declarations are right for bundlers',
    () => typeCheck('consumer.ts', ['--module', 'esnext', '--moduleResolution', 'bundler', ...NODE_TYPES]),
  ],
  [
    'the declarations of the codec need no types of Node',
    () => typeCheck('codec-consumer.ts', ['--module', 'nodenext', '--types', '', '--lib', 'es2023']),
  ],
];

let passed = 0;
let failed = 0;
try {
  for (const [name, check] of CHECKS) {
    const start = performance.now();
    try {
      await check();
      passed++;
      console.log(`ok   ${name}  ${((performance.now() - start) / 1000).toFixed(1)} s`);
    } catch (error) {
      if (stopCode) break;
      failed++;
      // The message of a failed command holds its stderr already.
      const { stdout = '', message } = /** @type {{ stdout?: string, message: string }} */ (error);
      console.log(`FAIL ${name}\n${`${message}\n${stdout}`.trimEnd().replace(/^/gm, '  | ')}`);
      // Nothing else can be said of a package that is not there.
      if (!readdirSync(temp).includes('bare')) break;
    }
  }
} finally {
  rmSync(temp, { recursive: true, force: true, maxRetries: 3 });
}
console.log(`${passed} passed, ${failed} failed, 0 skipped`);
process.exitCode = stopCode || (failed > 0 ? 1 : 0);
