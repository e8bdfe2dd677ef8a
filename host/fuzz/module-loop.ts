/**
 * What a job tries whose loop is in the module and does not come to an end. No input is written anywhere before it is
 * tried there, which would cost as much as to try it: the command looks into the memory of the process instead, as it may
 * into that of its own child.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import type { Engine } from '../generate/engine.js';
import { loadKoffi } from '../libc/load.js';
import { listAbis } from '../model/rows.js';
import type { Verdict } from './target.js';
import { walkNames } from './targets/pairs.js';

/** Where the loop keeps what it tries (assembly/fuzz/running.ts), and what its numbers mean. */
export interface ModuleLoop {
  /** Address of the module's memory, and where in it that is. */
  readonly memory: number;
  readonly at: number;
  readonly walks: readonly string[];
  readonly abis: readonly string[];
}

const RUNNING_SIZE = 20;

/** The job's side: where its loop is. */
export function locateLoop({ lab }: Engine): ModuleLoop {
  const memory = Number(loadKoffi().address(lab.bytes));
  return { memory, at: lab.exports.fuzzRunning(), walks: walkNames(lab), abis: listAbis(lab).map(({ id }) => id) };
}

/** The command's side: the input that the process tries, and on what; undefined where it tries none or cannot be looked into. */
export function lookIntoLoop(
  pid: number,
  { memory, at, walks, abis }: ModuleLoop,
): { input: Uint8Array; details: Verdict['details'] } | undefined {
  try {
    const fd = openSync(`/proc/${pid}/mem`, 'r');
    try {
      const words = new Int32Array(RUNNING_SIZE / 4);
      readSync(fd, words, 0, RUNNING_SIZE, memory + at);
      const [place = 0, size = 0, abi = 0, first = -1, second = -1] = words;
      if (place === 0) return undefined;
      const input = new Uint8Array(size);
      if (readSync(fd, input, 0, size, memory + place) !== size) return undefined;
      return { input, details: first < 0 ? { abi: abis[abi] } : { between: [walks[first], walks[second]] } };
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}
