import moduleBytes from '../../build/wasm/codec.wasm';
import { Arena } from './arena.js';
import type { CodecExports } from './exports.js';

const PAGE = 65536;

/** 2 MiB: two data buffers of 256 KiB, and more than 1 MiB for encode, parse and walk. */
const LIBRARY_PAGES = 32;

/** A running codec module with its memory, which never grows: its address and these views stay valid. */
export interface CodecInstance {
  readonly exports: CodecExports;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly ints: Int32Array<ArrayBuffer>;
  readonly view: DataView<ArrayBuffer>;
  readonly arena: Arena;
}

/** Instantiates `module` (default: the embedded release build) synchronously, with `pages` of 64 KiB. */
export function instantiate(module: Uint8Array<ArrayBuffer> = moduleBytes, pages = LIBRARY_PAGES): CodecInstance {
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module), { env: { memory } });
  // Copied: V8 keeps the exports object itself as a dictionary, which makes every call look its function up.
  const exports = { ...instance.exports } as unknown as CodecExports;
  return {
    exports,
    bytes: new Uint8Array(memory.buffer),
    ints: new Int32Array(memory.buffer),
    view: new DataView(memory.buffer),
    arena: new Arena(exports.heapBase(), pages * PAGE),
  };
}

let library: CodecInstance | undefined;

/** The instance that the library's own functions share, made when first needed. */
export function codecInstance(): CodecInstance {
  library ??= instantiate();
  return library;
}

/** The text at `text`, which is static UTF-16 of the module. */
export function readText(codec: CodecInstance, text: number): string {
  const units = codec.exports.textBytes(text) / 2;
  let result = '';
  for (let i = 0; i < units; i++) result += String.fromCharCode(codec.view.getUint16(text + 2 * i, true));
  return result;
}
