import moduleBytes from '../../build/wasm/codec.wasm';
import { AncillaryError } from '../errors/error.js';
import { Arena } from './arena.js';
import type { CodecExports } from './exports.js';

const PAGE = 65536;

/** 2 MiB: what the sockets reserve for messages and batches of them, and more than 1 MiB for encode, parse and walk. */
const LIBRARY_PAGES = 32;

/** A running codec module with its memory, which never grows: its address and these views stay valid. */
export interface CodecInstance<Exports extends CodecExports = CodecExports> {
  readonly exports: Exports;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly ints: Int32Array<ArrayBuffer>;
  readonly view: DataView<ArrayBuffer>;
  readonly arena: Arena;
}

/**
 * Instantiates `module` (default: the embedded release build) synchronously, with `pages` of 64 KiB. Throws one clear
 * error where the engine does not let it.
 */
export function instantiate<Exports extends CodecExports = CodecExports>(
  module: Uint8Array<ArrayBuffer> = moduleBytes,
  pages = LIBRARY_PAGES,
): CodecInstance<Exports> {
  const { Memory, Module, Instance } = webAssembly();
  const memory = allowed(() => new Memory({ initial: pages, maximum: pages }), 'ENOMEM', [
    `${pages * PAGE} bytes of WebAssembly memory`,
    'engines may reserve 10 GiB of addresses for one: raise the limit (ulimit -v), ' +
      'or start Node with --disable-wasm-trap-handler',
  ]);
  const instance = allowed(() => new Instance(new Module(module), { env: { memory } }), 'ERR_UNSUPPORTED', [
    'the WebAssembly module',
    "a page's Content-Security-Policy has to allow 'wasm-unsafe-eval', a vm context codeGeneration.wasm",
  ]);
  // Copied: V8 keeps the exports object itself as a dictionary, which makes every call look its function up.
  const exports = { ...instance.exports } as unknown as Exports;
  return {
    exports,
    bytes: new Uint8Array(memory.buffer),
    ints: new Int32Array(memory.buffer),
    view: new DataView(memory.buffer),
    arena: new Arena(exports.heapBase(), pages * PAGE),
  };
}

function webAssembly(): typeof WebAssembly {
  // Not there under --jitless, nor in the lockdown mode of some browsers.
  if (typeof WebAssembly === 'object') return WebAssembly;
  throw new AncillaryError(
    'ERR_UNSUPPORTED',
    'there is no WebAssembly here, which encodes and parses every byte: start Node without --jitless',
  );
}

/** What `make` makes; an engine that refuses says why, and `what` and the `advice` are added. */
function allowed<T>(make: () => T, code: string, [what, advice]: [what: string, advice: string]): T {
  try {
    return make();
  } catch (cause) {
    const { message } = cause as Error;
    throw new AncillaryError(code, `the engine refused ${what} (${message}); ${advice}`, { cause });
  }
}

let library: CodecInstance | undefined;

/** The instance that the library's own functions share, made when first needed. */
export function codecInstance(): CodecInstance {
  library ??= instantiate();
  return library;
}

/** The name at `text`: its characters, ASCII, the last one with bit 7. */
export function readText(codec: CodecInstance, text: number): string {
  let name = '';
  for (let at = text, more = true; more; at++) {
    const character = codec.bytes[at] as number;
    name += String.fromCharCode(character & 0x7f);
    more = character < 0x80;
  }
  return name;
}
