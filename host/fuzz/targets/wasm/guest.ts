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
    this.#exports.LLVMFuzzerTestOneInput(this.#at, input.length);
  }

  #reserve(size: number): void {
    this.#at = this.#malloc(size);
    this.#room = size;
  }

  #malloc(size: number): number {
    let at: number;
    try {
      at = this.#exports.malloc(size);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw new AncillaryError('ERR_UNSUPPORTED', 'its malloc does not take 32-bit sizes: only wasm32 can be fuzzed');
    }
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
    this.#exports.LLVMFuzzerInitialize?.(at, at + 4);
  }
}
