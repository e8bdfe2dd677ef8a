/**
 * The declarations that users get: of what the entries export, and of what that mentions.
 *
 * All of them are CommonJS to TypeScript, as what Node runs is, and the ES entries pass their names on: a program of
 * either kind, or of both, sees each class once.
 */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
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
  for (const name of ['index', 'codec', 'fast-check', ...adapters])
    writeFileSync(join(folder, `${name}.d.mts`), `export * from './${basename(name)}.js';\n`);
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
}
