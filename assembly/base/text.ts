// Names are packed ASCII, each once (scripts/rows/bytes.mjs): its characters, the last one with bit 7. A name crosses the
// boundary as its address.

import { NAMES } from '../../build/rows/tables';

/** The address of the name that the 2 bytes at `at` point to. */
export function nameAt(at: usize): usize {
  return NAMES + load<u16>(at);
}
