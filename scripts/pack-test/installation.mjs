/** Where the checks work: a folder that is gone afterwards, with projects that installed the tarball as users do. */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** @typedef {{ name: string, check: () => Promise<void> }} Check */

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

export const temp = mkdtempSync(join(tmpdir(), 'ancillary-pack-'));
/** A project that installed the tarball; its modules are ES modules. */
export const project = join(temp, 'project');
/** A folder of it whose modules are CommonJS. */
export const commonjs = join(project, 'commonjs');
/** The same without koffi, as on a platform that koffi has no build for, and without fast-check. */
export const bare = join(temp, 'bare');
/** A project with an older fast-check. */
export const older = join(temp, 'older');
export const installed = join(project, 'node_modules/ancillary');

const consumers = join(root, '.ci/consumers');
/** Finds what .ci/consumers installs: bundlers, test runners, an old TypeScript. */
export const tools = createRequire(join(consumers, 'package.json'));

/** Aborts whatever runs. */
export const stop = new AbortController();

/** @param {string} command @param {string[]} args @param {string} cwd */
export async function run(command, args, cwd) {
  // Of Node's own warnings none is wanted; colours would be in what is compared.
  const env = { ...process.env, NO_COLOR: '1' };
  return promisify(execFile)(command, args, { cwd, env, signal: stop.signal, timeout: 120_000, maxBuffer: 16 << 20 });
}

/** @param {unknown} condition @param {string} problem */
export function expect(condition, problem) {
  if (!condition) throw new Error(problem);
}

/** Copies fixtures into a folder. @param {string} folder @param {string[]} names */
export function place(folder, ...names) {
  for (const name of names) cpSync(join(root, 'scripts/pack-test/fixtures', name), join(folder, name));
}

/** Runs a program, which has to print `ok` and nothing else. @param {string} file @param {string} cwd @param {string[]} flags */
export async function runProgram(file, cwd, ...flags) {
  const { stdout, stderr } = await run(process.execPath, [...flags, file], cwd);
  expect(stdout === 'ok\n' && stderr === '', `printed ${JSON.stringify({ stdout, stderr })}`);
}

/** @param {string} tarball */
export async function installTarball(tarball) {
  mkdirSync(commonjs, { recursive: true });
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n');
  writeFileSync(join(commonjs, 'package.json'), '{ "private": true, "type": "commonjs" }\n');
  await run('npm', ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', tarball], project);
  mkdirSync(join(bare, 'node_modules'), { recursive: true });
  cpSync(join(project, 'package.json'), join(bare, 'package.json'));
  cpSync(installed, join(bare, 'node_modules/ancillary'), { recursive: true });
  addFastCheck(project, join(root, 'node_modules'));
}

/** Puts fast-check, with what it needs, into a project. @param {string} folder @param {string} modules where it is */
function addFastCheck(folder, modules) {
  for (const name of ['fast-check', 'pure-rand']) {
    cpSync(join(modules, name), join(folder, 'node_modules', name), { recursive: true });
  }
}

/** Installs the tools unless they are there as the lock file says. */
export async function installTools() {
  const done = join(consumers, 'node_modules/.package-lock.json');
  const isFresh = existsSync(done) && statSync(done).mtimeMs >= statSync(join(consumers, 'package-lock.json')).mtimeMs;
  if (!isFresh) await run('npm', ['ci', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'], consumers);
  cpSync(bare, older, { recursive: true });
  addFastCheck(older, join(consumers, 'node_modules'));
}

export function removeAll() {
  rmSync(temp, { recursive: true, force: true, maxRetries: 3 });
}
