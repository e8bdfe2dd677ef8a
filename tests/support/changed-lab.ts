/** The laboratory's module compiled from sources of which one line is another: what a check must notice. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabExports } from '../../host/wasm/exports.js';
import { instantiate } from '../../host/wasm/instance.js';
import type { LabInstance } from '../../host/wasm/lab.js';

const CONFIG = 'assembly/asconfig.json';

/** An instance in which `line` of `file` is `becomes`; not optimised and without counters. */
export async function changedLab(file: string, line: string, becomes: string): Promise<LabInstance> {
  return instantiate<LabExports>(await changedLabBytes(file, line, becomes), 64);
}

/** The same as the bytes of a module. */
export async function changedLabBytes(file: string, line: string, becomes: string): Promise<Uint8Array<ArrayBuffer>> {
  const { default: asc } = await import(import.meta.resolve('assemblyscript/asc'));
  const text = readFileSync(file, 'utf8');
  if (text.split(line).length !== 2) throw new Error(`${file} has not one '${line}'`);
  let wasm: Uint8Array<ArrayBuffer> | undefined;
  const { error, stderr } = await asc.main(
    ['assembly/lab.ts', '--config', CONFIG, '--target', 'instrument', '--outFile', 'lab.wasm'],
    {
      readFile: (name: string, folder: string) => {
        const path = join(folder, name);
        if (path === file) return text.replace(line, () => becomes);
        try {
          return readFileSync(path, 'utf8');
        } catch {
          return null;
        }
      },
      writeFile: (name: string, contents: Uint8Array<ArrayBuffer>) => {
        if (name.endsWith('.wasm')) wasm = contents;
      },
      listFiles: () => [],
    },
  );
  if (error || !wasm) throw error ?? new Error(`${stderr}`);
  return wasm;
}
