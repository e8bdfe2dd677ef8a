#!/usr/bin/env node
/**
 * The API reference: pages made by typedoc of the declarations that users get, and of their docstrings.
 *
 *   node scripts/docs.mjs [--out FOLDER] [--tsconfig FILE] [DECLARATIONS...]
 *
 * typedoc needs an older TypeScript than the project's: both are in .ci/docs, with a lockfile of their own, installed
 * when they are not there. Without DECLARATIONS the pages are of every entry of package.json and go to build/docs. An
 * export, a method or an accessor without a docstring is an error, and so is a {@link} that leads nowhere.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const packages = join(root, '.ci/docs');
const typedoc = join(packages, 'node_modules/typedoc/bin/typedoc');

const { values, positionals } = parseArgs({
  options: { out: { type: 'string' }, tsconfig: { type: 'string' } },
  allowPositionals: true,
});
const out = resolve(values.out ?? join(root, 'build/docs'));
const tsconfig = resolve(values.tsconfig ?? join(root, 'scripts/docs/tsconfig.json'));
const entries = positionals.length > 0 ? positionals.map((file) => resolve(file)) : publicEntries();

if (!existsSync(typedoc)) {
  console.log('installing typedoc in .ci/docs');
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--silent', '--prefix', packages]);
}
const options = join(root, 'scripts/docs/typedoc.json');
run(process.execPath, [typedoc, '--options', options, '--tsconfig', tsconfig, '--out', out, ...entries]);
console.log(relative(process.cwd(), join(out, 'index.html')));

/**
 * The declarations of every entry; the first entry, which has all of the others in it, comes last, so that each thing
 * has its page where it is from.
 */
function publicEntries() {
  /** @type {Record<string, string | { types?: { default: string } }>} */
  const faces = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).exports;
  const files = Object.values(faces).flatMap((face) =>
    typeof face === 'object' && face.types ? [join(root, face.types.default)] : [],
  );
  return files.reverse();
}

/** Runs a command, or ends with its exit code. @param {string} command @param {string[]} argv */
function run(command, argv) {
  const { status, error } = spawnSync(command, argv, { cwd: root, stdio: 'inherit' });
  if (error) console.error(`${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}
