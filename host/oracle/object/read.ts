/** Constants out of an object file that some compiler made: what it holds is read, and nothing of it is run. */
import { malformed } from '../malformed.js';
import { readCoff } from './coff.js';
import { readElf } from './elf.js';
import type { ObjectFile } from './object-file.js';
import { readWasmObject } from './wasm.js';

/** Throws one clear error for what is no object file that is known, or a malformed one. */
export function readObject(bytes: Uint8Array): ObjectFile {
  const [a, b, c, d] = bytes;
  if (a === 0x7f && b === 0x45 && c === 0x4c && d === 0x46) return readElf(bytes);
  if (a === 0x00 && b === 0x61 && c === 0x73 && d === 0x6d) return readWasmObject(bytes);
  const machine = (a ?? 0) | ((b ?? 0) << 8);
  if (machine in COFF_MACHINES) return readCoff(bytes, COFF_MACHINES[machine] as 4 | 8);
  throw malformed('object file', 'it begins as neither ELF, COFF nor wasm does');
}

/** By IMAGE_FILE_MACHINE_*: the bytes of an address. */
const COFF_MACHINES: Record<number, 4 | 8> = { 34404: 8, 332: 4, 43620: 8, 452: 4 };
