// instantiate.mjs [empty]: an instance of the codec's compiled module, or of one that has nothing but its memory.
import { readFileSync } from 'node:fs';
import { serve } from './serve.mjs';

/** (module (import "env" "memory" (memory 1 32))) */
const EMPTY = Uint8Array.of(
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[2, 16, 1, 3, 0x65, 0x6e, 0x76, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2, 1, 1, 32],
);
const isEmpty = process.argv[2] === 'empty';
const codec = () => readFileSync(new URL('../../../build/wasm/codec.wasm', import.meta.url));
const module = new WebAssembly.Module(isEmpty ? EMPTY : codec());
const memory = new WebAssembly.Memory({ initial: 32, maximum: 32 });

serve((/** @type {number} */ n) => {
  for (let i = 0; i < n; i++) new WebAssembly.Instance(module, { env: { memory } });
});
