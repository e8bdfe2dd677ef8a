/**
 * The declarations that users get: of what the entries export, and of what that mentions.
 *
 * All of them are CommonJS to TypeScript, as what Node runs is, and the ES entries pass their names on: a program of
 * either kind, or of both, sees each class once.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { ADAPTERS } from './adapters.mjs';
import { pruneDeclarations } from './prune-declarations.mjs';

const tsc = join(createRequire(import.meta.url).resolve('typescript/package.json'), '../bin/tsc');

/** @param {string} root */
export async function emitDeclarations(root) {
  await promisify(execFile)(process.execPath, [tsc, '-p', 'scripts/tsconfig.types.json'], { cwd: root });
  const folder = join(root, 'build/types');
  const adapters = ADAPTERS.map((name) => `adapters/${name}`);
  pruneDeclarations(
    folder,
    ['index', 'codec', 'fast-check', ...adapters].map((name) => `${name}.d.ts`),
  );
  for (const name of ['index', ...adapters]) {
    const file = join(folder, `${name}.d.ts`);
    // Buffer, AbortSignal, Symbol.dispose: TypeScript 6 takes no types in that nothing asks for.
    writeFileSync(file, `/// <reference types="node" />\n${readFileSync(file, 'utf8')}`);
  }
  for (const name of ['index', 'codec', ...adapters])
    writeFileSync(join(folder, `${name}.d.mts`), `export * from './${basename(name)}.js';\n`);
  copyForModules(folder, 'fast-check');
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
}

/**
 * Declares an entry, and what is in its folder, a second time for ES modules: fast-check has two declarations as well, and
 * an arbitrary of one is none to the other.
 * @param {string} folder @param {string} entry
 */
function copyForModules(folder, entry) {
  const inner = readdirSync(join(folder, entry)).map((name) => `${entry}/${name}`);
  for (const name of [`${entry}.d.ts`, ...inner]) {
    const text = readFileSync(join(folder, name), 'utf8');
    const links = text.replaceAll(/(from '\.[^']*)\.js'/g, "$1.mjs'");
    writeFileSync(join(folder, name.replace(/\.ts$/, '.mts')), links);
  }
}
