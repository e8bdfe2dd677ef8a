import type { Oracle } from './answer.js';
import { btfOracle } from './btf/ask.js';
import { compilerOracle } from './compiler/ask.js';
import { kernelOracle } from './kernel/ask.js';
import { libcOracle } from './libc/ask.js';
import { straceOracle } from './strace/ask.js';
import { vectorsOracle } from './vectors/ask.js';

/** All, in the order of the columns. */
export const ORACLES: readonly Oracle[] = [
  btfOracle,
  compilerOracle,
  libcOracle,
  kernelOracle,
  straceOracle,
  vectorsOracle,
];
