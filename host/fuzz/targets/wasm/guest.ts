import { AncillaryError } from '../../../errors/error.js';
import { makeImports, World } from './imports.js';

/** What fuzzing needs of a module; pointers are offsets into its memory. */
interface FuzzExports {
  memory: WebAssembly.Memory;
  malloc(size: number): number;
  free?(at: number): void;
  LLVMFuzzerTestOneInput(at: number, size: number): number;
  LLVMFuzzerInitialize?(argc: number, argv: number): number;
  _initialize?(): void;
}

/** How many parameters each has in C, which is all that JavaScript is told of its type. */
const PARAMETERS = { malloc: 1, free: 1, LLVMFuzzerTestOneInput: 2, LLVMFuzzerInitialize: 2, _initialize: 0 } as const;

/** argc, argv, and the array that argv points at: all zero. */
const ARGUMENTS = 16;

/** One instance of a module. Whatever comes out of it is a trap or an Exit: it must not be used again then. */
export class Guest {
  readonly #exports: FuzzExports;
  readonly #world = new World();
  #at = 0;
  #room = 0;
  #bytes = new Uint8Array();

  /** `room`: bytes that most inputs fit into. */
  constructor(module: WebAssembly.Module, room: number) {
    const memory = () => this.#exports.memory;
    const instance = new WebAssembly.Instance(module, makeImports(module, this.#world, memory));
    checkTypes(instance.exports);
    this.#exports = instance.exports as unknown as FuzzExports;
    this.#exports._initialize?.();
    this.#reserve(room);
    if (this.#exports.LLVMFuzzerInitialize) this.#initialize();
  }

  /** Calls it with a copy of the input. */
  run(input: Uint8Array): void {
    this.#world.reset();
    if (input.length > this.#room) {
      if (this.#room > 0) this.#exports.free?.(this.#at);
      this.#reserve(input.length);
    }
    // Its memory may have grown, and moved.
    if (this.#bytes.buffer !== this.#exports.memory.buffer) this.#bytes = new Uint8Array(this.#exports.memory.buffer);
    this.#bytes.set(input, this.#at);
    with32Bits('LLVMFuzzerTestOneInput', () => this.#exports.LLVMFuzzerTestOneInput(this.#at, input.length));
  }

  #reserve(size: number): void {
    this.#at = this.#malloc(size);
    this.#room = size;
  }

  #malloc(size: number): number {
    const at = with32Bits('malloc', () => this.#exports.malloc(size));
    // Pointers with the highest bit come as negative numbers.
    const start = at >>> 0;
    if (start === 0 || start + size > this.#exports.memory.buffer.byteLength) {
      throw new AncillaryError('ENOMEM', `its malloc(${size}) returned ${start}: it has no room for an input`);
    }
    return start;
  }

  #initialize(): void {
    const at = this.#malloc(ARGUMENTS);
    const view = new DataView(this.#exports.memory.buffer);
    new Uint8Array(view.buffer, at, ARGUMENTS).fill(0);
    view.setUint32(at + 4, at + 8, true);
    with32Bits('LLVMFuzzerInitialize', () => this.#exports.LLVMFuzzerInitialize?.(at, at + 4) ?? 0);
  }
}

/** Throws one line for an export that is no function, or takes other parameters than in C. */
function checkTypes(exports: Readonly<Record<string, unknown>>): void {
  for (const [name, count] of Object.entries(PARAMETERS)) {
    const value = exports[name];
    if (value === undefined || (typeof value === 'function' && value.length === count)) continue;
    const what =
      typeof value === 'function' ? `takes ${value.length} parameters, and in C it has ${count}` : 'is no function';
    throw new AncillaryError('ERR_INVALID_ARGUMENT', `its ${name} ${what}`);
  }
}

/** Calls what takes and returns numbers of 32 bits; throws one line where they have 64. */
function with32Bits(name: string, call: () => number): number {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    if (!(error instanceof TypeError && /BigInt/.test(error.message))) throw error;
    result = 0n;
  }
  if (typeof result !== 'bigint') return result as number;
  throw new AncillaryError('ERR_UNSUPPORTED', `its ${name} does not take 32-bit numbers: only wasm32 can be fuzzed`);
}
