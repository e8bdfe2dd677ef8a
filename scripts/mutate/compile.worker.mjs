/**
 * A thread that compiles assembly/ with one file replaced, in memory: asc loads once, where a process of its own costs
 * two seconds each time. Messages in: `{ file, text, target }`; out: `{ wasm }`, or `{ error }`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';

// By its address: its types would declare AssemblyScript's globals for the whole project.
const { default: asc } = await import(import.meta.resolve('assemblyscript/asc'));

/** @type {{ sources: Map<string, string> }} */
const { sources } = workerData;
const CONFIG = 'assembly/asconfig.json';
/** What is judged: the codec, and what works through many buffers. The fuzzer around it would take as long again to compile. */
const ENTRY = 'assembly/judged.ts';
const JUDGED = `export * from './codec';
export { encodeRepeatedly } from './fuzz/repeat';
export { surveyBuffers } from './fuzz/survey';
export * from './kernel/message-parts';
`;
const files = new Map([...sources, [CONFIG, readFileSync(CONFIG, 'utf8')], [ENTRY, JUDGED]]);

/** @param {{ file: string, text: string, target: string }} mutant */
async function compile({ file, text, target }) {
  /** @type {Uint8Array | undefined} */
  let wasm;
  const { error, stderr } = await asc.main(
    [ENTRY, '--config', CONFIG, '--target', target, '--outFile', 'judged.wasm'],
    {
      // The config is asked for by name and folder, sources by their path.
      readFile: (/** @type {string} */ name, /** @type {string} */ folder) => {
        const path = join(folder, name);
        return path === file ? text : (files.get(path) ?? null);
      },
      writeFile: (/** @type {string} */ _, /** @type {Uint8Array} */ contents) => {
        wasm = contents;
      },
      listFiles: () => [],
    },
  );
  return wasm && !error ? { wasm } : { error: error ? `${error.message}\n${stderr}` : 'no module' };
}

// asc throws at some sources; that is one that does not compile.
parentPort?.on('message', async (mutant) => {
  parentPort?.postMessage(await compile(mutant).catch((error) => ({ error: String(error) })));
});
