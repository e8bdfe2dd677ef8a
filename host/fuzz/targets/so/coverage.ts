import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AncillaryError } from '../../../errors/error.js';
import type { Comparison } from '../../../generate/engine.js';
import { native } from '../../../libc/native.js';
import { temporaryFolder } from '../../stragglers.js';
import SOURCE from './coverage.c';

/** As many as the engine takes. */
const COUNTERS = 65536;
/** struct pair of coverage.c, and how many it keeps. */
const PAIR = 24;
const PAIRS = 64;
const COMPILERS = ['cc', 'gcc', 'clang'];
/** A compiler that has not answered by then is ended. */
const LIMIT = 60_000;

/** What the functions that a file with SanitizerCoverage calls have collected. */
export interface Coverage {
  /** Forgets all: what is called next counts. */
  clear(): void;
  /** The counters since then, and in the same order each time. They are 0 then. */
  takeCounters(): Uint8Array;
  takeComparisons(): Comparison[];
}

let loaded: Coverage | undefined;

/** The one of this process: whoever is loaded first has the names that others call. */
export function findCoverage(file: string): Coverage {
  loaded ??= loadCoverage(file);
  return loaded;
}

/**
 * Compiles coverage.c and loads it where every library that is loaded later finds its names. The file is gone when this
 * returns. Throws one line where there is no compiler.
 */
function loadCoverage(file: string): Coverage {
  const { koffi } = native();
  const folder = temporaryFolder();
  mkdirSync(folder, { mode: 0o700 });
  try {
    const library = koffi.load(compile(folder, file), { global: true });
    const take = library.func('size_t ancillary_take_counters(uintptr_t, size_t)');
    const takePairs = library.func('size_t ancillary_take_pairs(uintptr_t)');
    const counters = new Uint8Array(COUNTERS);
    const pairs = new Uint8Array(PAIR * PAIRS);
    // Their addresses once: to look one up takes longer than the call.
    const [countersAt, pairsAt] = [koffi.address(counters), koffi.address(pairs)];
    return {
      clear: () => void take(0, 0),
      takeCounters: () => counters.subarray(0, Number(take(countersAt, COUNTERS))),
      takeComparisons: () => readPairs(pairs, Number(takePairs(pairsAt))),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readPairs(pairs: Uint8Array, count: number): Comparison[] {
  const wide = new BigUint64Array(pairs.buffer, pairs.byteOffset, pairs.length / 8);
  const sizes = new Uint32Array(pairs.buffer, pairs.byteOffset, pairs.length / 4);
  return Array.from({ length: count }, (_, i) => ({
    a: wide[i * 3] as bigint,
    b: wide[i * 3 + 1] as bigint,
    size: sizes[i * 6 + 4] as number,
  }));
}

function compile(folder: string, file: string): string {
  const source = join(folder, 'coverage.c');
  const library = join(folder, 'coverage.so');
  writeFileSync(source, SOURCE);
  for (const compiler of COMPILERS) {
    const argv = ['-O1', '-shared', '-fPIC', '-w', '-o', library, source];
    const { error, status, stderr } = spawnSync(compiler, argv, {
      // What it makes on its way goes with the folder.
      env: { ...process.env, TMPDIR: folder, LC_ALL: 'C' },
      encoding: 'utf8',
      timeout: LIMIT,
    });
    if (error) continue;
    if (status === 0) return library;
    const said = stderr.split('\n').find((line) => line.includes('error')) ?? `exit status ${status}`;
    throw new AncillaryError('ERR_UNSUPPORTED', `${compiler} cannot build what ${file} calls: ${said.slice(0, 200)}`);
  }
  throw new AncillaryError(
    'ERR_UNSUPPORTED',
    `${file} is built with SanitizerCoverage: what it calls is compiled with cc, which is missing; install one, or build the file without -fsanitize-coverage`,
  );
}
