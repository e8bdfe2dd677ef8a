/** Compiles and judges mutants, several at a time, each job with a compiler of its own. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { judge } from './judge.mjs';
import { compiledOf } from './rows.mjs';

/** @typedef {import('./mutants.mjs').Mutant} Mutant */
/**
 * killed: a test fails, or the time is over. survived: none does. same: none does, and the release build is the same
 * to the byte, so that none can. broken: it does not compile.
 * @typedef {{ mutant: Mutant, outcome: 'killed' | 'survived' | 'same' | 'broken', by: string }} Result
 */

/** The unoptimized build takes a tenth of the time and does the same. */
const JUDGED = 'debug';
const PUBLISHED = 'release';
/** asc leaves some memory behind with each module. */
const COMPILES_PER_THREAD = 150;

class Compiler {
  /** @type {Worker | undefined} */
  #worker;
  #compiles = 0;
  #sources;

  /** @param {Map<string, string>} sources */
  constructor(sources) {
    this.#sources = sources;
  }

  /** @param {string} file @param {string} text @param {string} target @returns {Promise<Uint8Array | undefined>} */
  async compile(file, text, target) {
    if (this.#compiles++ % COMPILES_PER_THREAD === 0) await this.close();
    this.#worker ??= new Worker(new URL('compile.worker.mjs', import.meta.url), {
      workerData: { sources: this.#sources },
    });
    this.#worker.postMessage({ file, text, target });
    const [{ wasm }] = await once(this.#worker, 'message');
    return wasm;
  }

  async close() {
    await this.#worker?.terminate();
    this.#worker = undefined;
  }
}

/**
 * @param {Map<string, string>} sources @param {Map<string, string>} rowFiles @param {Mutant[]} mutants
 * @param {string} script @param {{ jobs: number, seed: number, seconds: number, isKnown: (mutant: Mutant) => boolean,
 *   done: (result: Result) => void }} options
 */
export async function runMutants(sources, rowFiles, mutants, script, { jobs, seed, seconds, isKnown, done }) {
  const end = performance.now() + 1000 * seconds;
  const first = new Compiler(sources);
  const unchanged = await first.compile('', '', JUDGED);
  if (!unchanged) throw new Error('assembly/ does not compile');
  const start = performance.now();
  const verdict = await judge(script, unchanged, { seed, seconds: 120 });
  if ('killedBy' in verdict) throw new Error(`unchanged, assembly/ fails '${verdict.killedBy}': ${verdict.message}`);
  const limit = Math.max(10, (10 * (performance.now() - start)) / 1000);

  /** The published module, once it is wanted. @type {Promise<Uint8Array | undefined> | undefined} */
  let original;
  const waiting = [...mutants];
  const work = async (/** @type {Compiler} */ compiler) => {
    while (performance.now() < end) {
      const mutant = waiting.shift();
      if (!mutant) break;
      done(await examine(compiler, mutant));
    }
    await compiler.close();
  };
  const packed = (/** @type {Mutant} */ mutant) => {
    try {
      return compiledOf(mutant, rowFiles);
    } catch {
      return undefined;
    }
  };
  /** @param {Compiler} compiler @param {Mutant} mutant @returns {Promise<Result>} */
  const examine = async (compiler, mutant) => {
    const compiled = packed(mutant);
    const wasm = compiled && (await compiler.compile(compiled.file, compiled.text, JUDGED));
    if (!wasm) return { mutant, outcome: 'broken', by: '' };
    const verdict = await judge(script, wasm, { seed, seconds: limit });
    if ('killedBy' in verdict) return { mutant, outcome: 'killed', by: verdict.killedBy };
    // Its reason is known: no need to ask the optimizer.
    if (isKnown(mutant)) return { mutant, outcome: 'survived', by: '' };
    original ??= compiler.compile('', '', PUBLISHED);
    const [before, after] = [await original, await compiler.compile(compiled.file, compiled.text, PUBLISHED)];
    const isSame = before && after && Buffer.compare(before, after) === 0;
    return { mutant, outcome: isSame ? 'same' : 'survived', by: '' };
  };
  await Promise.all([first, ...Array.from({ length: jobs - 1 }, () => new Compiler(sources))].map(work));
}
