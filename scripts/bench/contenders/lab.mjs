// The laboratory's module with `bytes` of memory behind its own, and the numbers of its rows.
import { readFileSync } from 'node:fs';

const PAGE = 65536;

/** @param {number} bytes @param {'lab' | 'fuzz'} name fuzz: with counters */
export function loadLab(bytes, name = 'lab') {
  const pages = 2 + Math.ceil(bytes / PAGE);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const module = new WebAssembly.Module(readFileSync(new URL(`../../../build/wasm/${name}.wasm`, import.meta.url)));
  /** @type {Record<string, any>} */
  const lab = new WebAssembly.Instance(module, { env: { memory } }).exports;
  const memoryBytes = new Uint8Array(memory.buffer);
  /** @param {number} at */
  const textAt = (at) => {
    // The last character has bit 7.
    const end = memoryBytes.findIndex((byte, i) => i >= at && byte > 0x7f);
    return String.fromCharCode(...memoryBytes.slice(at, end + 1).map((byte) => byte & 0x7f));
  };
  /** @param {number} count @param {(row: number) => string} idOf @param {string} id */
  const rowOf = (count, idOf, id) => {
    const row = Array.from({ length: count }, (_, i) => idOf(i)).indexOf(id);
    if (row < 0) throw new Error(`there is no row ${id}`);
    return row;
  };
  return {
    lab,
    bytes: memoryBytes,
    view: new DataView(memory.buffer),
    /** @param {string} id */
    abiOf: (id) => rowOf(lab.abiCount(), (row) => `${textAt(lab.abiText(row, 0))}-${textAt(lab.abiText(row, 1))}`, id),
    /** @param {string} id */
    dialectOf: (id) => rowOf(lab.dialectCount(), (row) => textAt(lab.dialectText(row)), id),
  };
}
