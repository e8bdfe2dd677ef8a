/** The laboratory's module compiled from sources of which one line is another: what a check must notice. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabExports } from '../../host/wasm/exports.js';
import { instantiate } from '../../host/wasm/instance.js';
import type { LabInstance } from '../../host/wasm/lab.js';

const CONFIG = 'assembly/asconfig.json';
const LAB = 'assembly/lab.ts';
/** Of the laboratory the model of queues alone, which is compiled in a moment. */
const QUEUES = 'assembly/queues-alone.ts';
const QUEUES_TEXT = `export * from './kernel/queue';
export function heapBase(): usize { return __heap_base; }`;

/** An instance in which `line` of `file` is `becomes`; not optimised and without counters. */
export async function changedLab(file: string, line: string, becomes: string): Promise<LabInstance> {
  return instantiate<LabExports>(await changedLabBytes(file, line, becomes), 64);
}

/** The same as the bytes of a module. */
export function changedLabBytes(file: string, line: string, becomes: string): Promise<Uint8Array<ArrayBuffer>> {
  return compile(LAB, file, line, becomes);
}

/** The same of the model of queues, with nothing else in it. */
export async function changedQueues(file: string, line: string, becomes: string): Promise<LabInstance> {
  return instantiate<LabExports>(await compile(QUEUES, file, line, becomes), 64);
}

type Change = readonly [file: string, line: string, becomes: string];

async function compile(entry: string, ...[file, line, becomes]: Change): Promise<Uint8Array<ArrayBuffer>> {
  const { default: asc } = await import(import.meta.resolve('assemblyscript/asc'));
  const text = readFileSync(file, 'utf8');
  if (text.split(line).length !== 2) throw new Error(`${file} has not one '${line}'`);
  let wasm: Uint8Array<ArrayBuffer> | undefined;
  const { error, stderr } = await asc.main(
    [entry, '--config', CONFIG, '--target', 'instrument', '--outFile', 'lab.wasm'],
    {
      readFile: (name: string, folder: string) => {
        const path = join(folder, name);
        if (path === file) return text.replace(line, () => becomes);
        if (path === QUEUES) return QUEUES_TEXT;
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
