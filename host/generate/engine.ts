import { invalidArgument } from '../errors/error.js';
import { findControlAbi } from '../model/rows.js';
import { type LabInstance, labInstance } from '../wasm/lab.js';
import { prefixesOf } from './prefixes.js';

/** What an engine starts from. */
export interface EngineOptions {
  /** Id of the ABI that inputs are made for. */
  abi: string;
  /** The same seed gives the same run; the low 64 bits count. */
  seed: bigint;
  /** Memory, in pages of 64 KiB. */
  pages?: number;
}

/** What an engine did so far. */
export interface Statistics {
  /** Inputs that targets within the module ran; what the host runs it counts itself. */
  executions: number;
  /** Edges seen, of the module or of the counters given. */
  edges: number;
  /** Edges that the module has. */
  edgeCount: number;
  corpusInputs: number;
  corpusBytes: number;
  /** Inputs that were findings of targets within the module, of a new class or not. */
  findings: number;
}

/** Two values that were compared, of `size` bytes each. */
export interface Comparison {
  a: bigint;
  b: bigint;
  size: number;
}

/** Bytes of a comparison, and of statistics (assembly/fuzz/compare.ts, engine.ts). */
const PAIR = 24;
const STATISTICS = 32;
/** What stays free for calls with this memory, as walkControl. */
const LENT = 65536;
/** The most at a time. */
const COUNTERS = 65536;
const PAIRS = 1024;

/**
 * Makes inputs, keeps those that did something new, and changes them. All of it is in the module; this is its handle, with
 * a memory of its own.
 */
export class Engine {
  readonly lab: LabInstance;
  /** Number of the ABI. */
  readonly abi: number;
  /** The most bytes of an input. */
  readonly room: number;
  readonly #input: number;
  readonly #scratch: number;
  readonly #inputOf: (size: number) => Uint8Array<ArrayBuffer>;

  constructor({ abi, seed, pages }: EngineOptions) {
    this.lab = labInstance(pages);
    const { exports, arena } = this.lab;
    this.abi = findControlAbi(this.lab, abi);
    const size = (arena.free - COUNTERS - LENT) & -64;
    if (size < exports.fuzzSpace()) {
      throw invalidArgument(`pages must be more: inputs and their corpus want ${exports.fuzzSpace()} bytes`);
    }
    // First: it ends where the memory ends.
    const space = arena.reserve(size);
    this.#scratch = arena.reserve(COUNTERS);
    exports.fuzzBegin(this.abi, space, size, Number(seed & 0xffff_ffffn), Number((seed >> 32n) & 0xffff_ffffn));
    this.#input = exports.fuzzInput();
    this.room = exports.fuzzRoom();
    this.#inputOf = prefixesOf(this.lab.bytes, this.#input, this.room);
  }

  /** The current input, where it stands: it changes with the next one. */
  get input(): Uint8Array<ArrayBuffer> {
    return this.#inputOf(this.lab.exports.fuzzInputSize());
  }

  /** Makes the next input: a new one, or one of the corpus, changed. */
  next(): Uint8Array<ArrayBuffer> {
    this.lab.exports.fuzzNext();
    return this.input;
  }

  /** Makes a new input. */
  generate(): Uint8Array<ArrayBuffer> {
    this.lab.exports.fuzzGenerate();
    return this.input;
  }

  /** Changes the current input. */
  mutate(): Uint8Array<ArrayBuffer> {
    this.lab.exports.fuzzMutate();
    return this.input;
  }

  /** Makes `bytes` the current input; what is beyond the room is cut off. */
  set(bytes: Uint8Array): void {
    const whole = bytes.subarray(0, this.room);
    this.lab.bytes.set(whole, this.#input);
    this.lab.exports.fuzzSetSize(whole.length);
  }

  /** Adds the current input to the corpus; its number there, or -1 when it took the place of another or had no room. */
  keep(): number {
    return this.lab.exports.fuzzKeep();
  }

  /** Takes 8-bit counters of what the current input covered, 65,536 at most; how much was new. It is kept then. */
  cover(counters: Uint8Array): number {
    const count = Math.min(counters.length, COUNTERS);
    this.lab.bytes.set(counters.subarray(0, count), this.#scratch);
    return this.lab.exports.fuzzCover(this.#scratch, count);
  }

  /** Takes what was compared while the current input ran, for later changes. */
  compare(comparisons: readonly Comparison[]): void {
    const { view, exports } = this.lab;
    const some = comparisons.slice(0, PAIRS);
    some.forEach(({ a, b, size }, i) => {
      const at = this.#scratch + i * PAIR;
      view.setBigUint64(at, a, true);
      view.setBigUint64(at + 8, b, true);
      view.setUint32(at + 16, size, true);
    });
    exports.fuzzCompare(this.#scratch, some.length);
    this.lab.bytes.fill(0, this.#scratch, this.#scratch + some.length * PAIR);
  }

  /** Adds a word of a dictionary, of 64 bytes at most. */
  addWord(word: Uint8Array): void {
    this.lab.bytes.set(word.subarray(0, COUNTERS), this.#scratch);
    this.lab.exports.fuzzAddWord(this.#scratch, word.length);
    this.lab.bytes.fill(0, this.#scratch, this.#scratch + word.length);
  }

  /** A copy of every input of the corpus. */
  corpus(): Uint8Array<ArrayBuffer>[] {
    const { fuzzCorpusCount, fuzzCorpusAt, fuzzCorpusSize } = this.lab.exports;
    return Array.from({ length: fuzzCorpusCount() }, (_, i) => {
      const at = fuzzCorpusAt(i);
      return this.lab.bytes.slice(at, at + fuzzCorpusSize(i));
    });
  }

  statistics(): Statistics {
    const { view, exports, arena } = this.lab;
    return arena.lend(STATISTICS, (out) => {
      exports.fuzzStatistics(out);
      return {
        executions: Number(view.getBigUint64(out, true)),
        edges: view.getUint32(out + 8, true),
        edgeCount: view.getUint32(out + 12, true),
        corpusInputs: view.getUint32(out + 16, true),
        corpusBytes: view.getUint32(out + 20, true),
        findings: Number(view.getBigUint64(out + 24, true)),
      };
    });
  }
}
