/** What fuzzers of other programs are tested with: modules of WebAssembly, libraries and servers in C. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import binaryen from 'binaryen';
import { machineAbi } from '../../host/cli/machine.js';
import type { FuzzOptions } from '../../host/fuzz/options.js';
import { Engine } from '../../host/generate/engine.js';

/** Writes a module of WebAssembly text as a file; its path. */
export function writeWasm(folder: string, name: string, text: string): string {
  const file = join(folder, `${name}.wasm`);
  const module = binaryen.parseText(text);
  writeFileSync(file, module.emitBinary());
  module.dispose();
  return file;
}

/** Compiles C, of a file or as text; the path of what it made. Throws what the compiler says. */
export function compileC(
  folder: string,
  name: string,
  source: { file: string } | { text: string },
  ...flags: string[]
): string {
  const [compiler = 'cc', ...more] = flags[0]?.startsWith('-') ? ['cc', ...flags] : flags.length > 0 ? flags : ['cc'];
  const out = join(folder, name);
  const from = 'file' in source ? source.file : join(folder, `${name}.c`);
  if ('text' in source) writeFileSync(from, source.text);
  const { status, stderr, error } = spawnSync(compiler, ['-O1', '-g', ...more, '-o', out, from], { encoding: 'utf8' });
  if (error || status !== 0) throw new Error(`${compiler}: ${error?.message ?? stderr}`);
  return out;
}

/** The C of a shared library to be fuzzed, with `body` as the function's. */
export const fuzzFunction = (body: string, more = '') => `
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
${more}
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) { ${body}; return 0; }
`;

/** What a target is opened with, in the test's own process. */
export function context(options: Partial<FuzzOptions> = {}) {
  const notes: string[] = [];
  return {
    engine: new Engine({ abi: machineAbi(), seed: 1n }),
    options: { abi: machineAbi(), timeout: 10_000, lane: 0, lanes: 1, ...options },
    notes,
    note: (text: string) => void notes.push(text),
  };
}
