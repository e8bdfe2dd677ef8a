import { readFileSync } from 'node:fs';
import { AncillaryError } from '../errors/error.js';
import { abiIdOf } from '../libc/machine.js';
import { hasAbi } from '../model/rows.js';
import { codecInstance } from '../wasm/instance.js';

/** The ABI of this machine, found without loading any library; throws where there is no row of it. */
export function machineAbi(): string {
  const id = abiIdOf(process.platform === 'linux' ? linuxLibc() : process.platform);
  if (hasAbi(codecInstance(), id)) return id;
  throw new AncillaryError('ERR_UNSUPPORTED', `there is no ABI row '${id}' for this machine: choose one with --abi`);
}

/** The libc that this process runs with. */
function linuxLibc(): string {
  try {
    return readFileSync('/proc/self/maps', 'latin1').includes('/ld-musl-') ? 'musl' : 'glibc';
  } catch {
    return 'glibc';
  }
}
