/** Compiles and judges mutants, several at a time, each job with a compiler and a judge of its own. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Judge } from './judge.mjs';
import { patchTables, TABLES, tablesOf } from './tables.mjs';

/** @typedef {import('./mutants.mjs').Mutant} Mutant @typedef {import('./judge.mjs').Tests} Tests
 *  @typedef {import('./judge.mjs').Killer} Killer */
/**
 * killed: a test fails, or the time is over. survived: none does. same: none does, and none can: the release build is
 * the same to the byte, or the host reads the same out of other rows. broken: it does not compile.
 * @typedef {{ mutant: Mutant, outcome: 'killed' | 'survived' | 'same' | 'broken', by: string }} Result
 */

/** The unoptimized build takes a tenth of the time and does the same. */
const JUDGED = 'debug';
const PUBLISHED = 'release';
/** A walk cannot be read but by walking. */
const WALKS = 'assembly/rows/walks.json';
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

/** The tests that killed last, by file: they are likely to kill the next. */
class Killers {
  static MOST = 20;
  /** @type {Map<string, Killer[]>} */
  #killers = new Map();

  /** @param {string} file */
  of(file) {
    return this.#killers.get(file) ?? [];
  }

  /** @param {string} file @param {Killer} killer */
  add(file, killer) {
    const others = this.of(file).filter(({ name }) => name !== killer.name);
    this.#killers.set(file, [killer, ...others].slice(0, Killers.MOST));
  }
}

/** @param {Uint8Array} unchanged @param {Tests} tests @param {number} seed */
async function measure(unchanged, tests, seed) {
  const judge = new Judge(tests, { seed, times: [] });
  const verdict = await judge.judge(unchanged, '', []);
  await judge.close();
  if ('killedBy' in verdict) throw new Error(`unchanged, assembly/ fails '${verdict.killedBy}': ${verdict.message}`);
  return { seed, times: 'times' in verdict ? verdict.times : [] };
}

/**
 * @param {Map<string, string>} sources @param {Map<string, string>} rowFiles @param {Mutant[]} mutants
 * @param {Tests} tests @param {{ jobs: number, seed: number, seconds: number, isKnown: (mutant: Mutant) => boolean,
 *   done: (result: Result) => void }} options
 */
export async function runMutants(sources, rowFiles, mutants, tests, { jobs, seed, seconds, isKnown, done }) {
  const first = new Compiler(sources);
  const unchanged = await first.compile('', '', JUDGED);
  if (!unchanged) throw new Error('assembly/ does not compile');
  const judging = await measure(unchanged, tests, seed);
  const end = performance.now() + 1000 * seconds;

  const tables = tablesOf(rowFiles) ?? '';
  const killers = new Killers();
  /** The published module, once it is wanted. @type {Promise<Uint8Array | undefined> | undefined} */
  let original;
  const waiting = [...mutants];
  const work = async (/** @type {Compiler} */ compiler) => {
    const judge = new Judge(tests, judging);
    while (performance.now() < end) {
      const mutant = waiting.shift();
      if (!mutant) break;
      done({ mutant, by: '', ...(await examine(compiler, judge, mutant)) });
    }
    await judge.close();
    await compiler.close();
  };
  /** @param {Judge} judge @param {Mutant} mutant @param {Uint8Array} wasm */
  const verdictOn = async (judge, { file }, wasm) => {
    const isReadable = rowFiles.has(file) && file !== WALKS;
    const verdict = await judge.judge(wasm, file, killers.of(file), isReadable ? unchanged : undefined);
    const suite = 'suite' in verdict ? verdict.suite : undefined;
    if ('killedBy' in verdict && suite !== undefined) killers.add(file, { suite, name: verdict.killedBy });
    return verdict;
  };
  /**
   * @param {Compiler} compiler @param {Judge} judge @param {Mutant} mutant
   * @returns {Promise<{ outcome: Result['outcome'], by?: string }>}
   */
  const examine = async (compiler, judge, mutant) => {
    const isRow = rowFiles.has(mutant.file);
    const file = isRow ? TABLES : mutant.file;
    const changed = mutant.change();
    const text = isRow ? tablesOf(new Map([...rowFiles, [mutant.file, changed]])) : changed;
    if (text === undefined) return { outcome: 'broken' };
    if (isRow && text === tables) return { outcome: 'same' };
    const patched = isRow ? patchTables(unchanged, tables, text) : undefined;
    const wasm = patched ?? (await compiler.compile(file, text, JUDGED));
    if (!wasm) return { outcome: 'broken' };
    const verdict = await verdictOn(judge, mutant, wasm);
    if ('isSame' in verdict) return { outcome: 'same' };
    if ('killedBy' in verdict) return { outcome: 'killed', by: verdict.killedBy };
    if (isKnown(mutant)) return { outcome: 'survived' };
    // Its bytes differ: no need to ask the optimizer.
    if (patched) return { outcome: 'survived' };
    original ??= compiler.compile('', '', PUBLISHED);
    const [before, after] = [await original, await compiler.compile(file, text, PUBLISHED)];
    const isSame = before && after && Buffer.compare(before, after) === 0;
    return { outcome: isSame ? 'same' : 'survived' };
  };
  await Promise.all([first, ...Array.from({ length: jobs - 1 }, () => new Compiler(sources))].map(work));
}
