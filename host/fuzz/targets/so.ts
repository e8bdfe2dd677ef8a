/** A shared library that exports LLVMFuzzerTestOneInput, called in this process: who supervises it sees it crash. */
import { escapeControls } from '../../check/escape.js';
import { AncillaryError } from '../../errors/error.js';
import { native } from '../../libc/native.js';
import type { Target, TargetContext } from '../target.js';
import { type GuardedMemory, mapGuarded } from './libc/guarded.js';
import { findCoverage } from './so/coverage.js';
import { readSymbols, type Symbols } from './so/library.js';

const ENTRY = 'LLVMFuzzerTestOneInput';
const PREPARE = 'LLVMFuzzerInitialize';
const COVERAGE = /^__(sanitizer_cov|sancov)_/;
const SANITIZER = /^__(asan|hwasan|msan|tsan|ubsan|lsan)_/;

/** What may be in use for as long as the process runs: libraries, and memory that they know of. */
const kept: unknown[] = [];

type Call = (at: number, size: number) => number;

/**
 * Loads `file` and calls it with each input, which ends where memory ends: who reads behind it crashes. Coverage and
 * comparisons are told where it was built with them, which takes a C compiler here.
 */
export function openSo(file: string, { engine, options }: Pick<TargetContext, 'engine' | 'options'>): Target {
  const symbols = readSymbols(file);
  if (symbols) checkSymbols(symbols, file);
  const calls = symbols && [...symbols.undefined].some((name) => COVERAGE.test(name));
  const coverage = calls ? findCoverage(file) : undefined;
  const library = load(file);
  if (!symbols || symbols.defined.has(PREPARE)) prepare(library);
  const call = bind(library, file);
  let memory: GuardedMemory = mapGuarded(engine.room);
  return {
    name: `so:${file}`,
    abi: options.abi,
    isDeterministic: true,
    run(input) {
      if (input.length > memory.bytes.length) {
        memory.close();
        memory = mapGuarded(input.length);
      }
      const at = memory.bytes.length - input.length;
      memory.bytes.set(input, at);
      coverage?.clear();
      call(memory.base + at, input.length);
      return undefined;
    },
    ...(coverage && { counters: coverage.takeCounters, comparisons: coverage.takeComparisons }),
    close: () => memory.close(),
  };
}

function checkSymbols({ defined, undefined: wanted }: Symbols, file: string): void {
  if (!defined.has(ENTRY)) throw refuse(file, `it exports no ${ENTRY}(const uint8_t *, size_t)`);
  const sanitizer = [...wanted].find((name) => SANITIZER.test(name));
  if (sanitizer === undefined || process.env.LD_PRELOAD) return;
  throw refuse(
    file,
    `it is built with a sanitizer (it calls ${sanitizer}), whose library has to be in the process first: name that in LD_PRELOAD, or fuzz a program with exec:`,
  );
}

type Library = ReturnType<ReturnType<typeof native>['koffi']['load']>;

/** All of its symbols are looked up now, not when one is called. */
function load(file: string): Library {
  try {
    const library = native().koffi.load(file, { lazy: false });
    // Collected, it would be unloaded, and its counters with it.
    kept.push(library);
    return library;
  } catch (error) {
    const said = escapeControls((error as Error).message).replace(/^Failed to load shared library: /, '');
    throw refuse(file, `it cannot be loaded: ${said.slice(0, 300)}`);
  }
}

function bind(library: Library, file: string): Call {
  try {
    return library.func(`int ${ENTRY}(uintptr_t, size_t)`) as Call;
  } catch {
    throw refuse(file, `it exports no ${ENTRY}(const uint8_t *, size_t)`);
  }
}

/** Where the file's symbols are unknown, it may be missing. */
function prepare(library: Library): void {
  let call: (argc: Int32Array, argv: BigUint64Array) => number;
  try {
    call = library.func(`int ${PREPARE}(int *, uint64_t *)`) as typeof call;
  } catch {
    return;
  }
  const { koffi } = native();
  // int argc; char **argv, of a name and the NULL behind it. It may keep the pointers.
  const [name, argv] = [new Uint8Array(Buffer.from('fuzz\0')), new BigUint64Array(2)];
  argv[0] = BigInt(koffi.address(name));
  const pointer = BigUint64Array.of(BigInt(koffi.address(argv)));
  kept.push(name, argv, pointer);
  call(Int32Array.of(1), pointer);
}

function refuse(file: string, what: string): AncillaryError {
  return new AncillaryError('ERR_INVALID_ARGUMENT', `cannot fuzz ${file}: ${what}`);
}
