// Where what is compared is noted: the build calls the second copy of the code under test from this file, and from here the
// function that notes (scripts/build/instrument.mjs).

import { walkBuffer } from '../dialect/walk';

/** Walks as prepared. */
export function walkComparing(control: usize, size: u32, out: usize): void {
  walkBuffer(control, size, 0, 0, 0, out);
}
