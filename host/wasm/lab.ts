import moduleBytes from '../../build/wasm/fuzz.wasm';
import type { LabExports } from './exports.js';
import { type CodecInstance, instantiate } from './instance.js';

/** 16 MiB: tables, and a corpus of some ten thousand inputs. */
const LAB_PAGES = 256;

/** A running laboratory module. */
export type LabInstance = CodecInstance<LabExports>;

/** A new instance of the laboratory's module that counts what it covers, with `pages` of 64 KiB. */
export function labInstance(pages = LAB_PAGES): LabInstance {
  return instantiate<LabExports>(moduleBytes, pages);
}
