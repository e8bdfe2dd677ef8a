/** System calls that the library makes in this process, into which a test steps: to look, to do something, to fail. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import type { Libc } from '../../host/libc/calls.js';
import { native } from '../../host/libc/native.js';

type Call = (...args: number[]) => number;

/** What stands in for a call; `call` makes the real one. */
export type Steps = Partial<Record<keyof Libc, (call: Call, ...args: number[]) => number>>;

/** What a call returns that fails with `errno`. */
export function failWith(errno: number): number {
  (native().koffi.errno as (errno: number) => number)(errno);
  return -1;
}

/** Runs `fn` while the functions of `steps` stand in for those of libc. They are not called by what they call. */
export async function withSteps<T>(steps: Steps, fn: () => T | Promise<T>): Promise<T> {
  const libc = native().libc as unknown as Record<string, Call>;
  const before = Object.keys(steps).map((name) => [name, libc[name] as Call] as const);
  let isWithin = false;
  for (const [name, call] of before) {
    const step = steps[name as keyof Libc] as (call: Call, ...args: number[]) => number;
    const stand: Call = (...args) => {
      if (isWithin) return call(...args);
      isWithin = true;
      try {
        return step(call, ...args);
      } finally {
        isWithin = false;
        // The first call of a function puts the bound one in its own place.
        libc[name] = stand;
      }
    };
    libc[name] = stand;
  }
  try {
    return await fn();
  } finally {
    for (const [name, call] of before) libc[name] = call;
  }
}

/** The same for functions of node:fs. */
export async function withFiles<T>(files: Partial<Record<keyof typeof fs, unknown>>, fn: () => T | Promise<T>) {
  const before = Object.fromEntries(Object.keys(files).map((name) => [name, fs[name as keyof typeof fs]]));
  Object.assign(fs, files);
  syncBuiltinESMExports();
  try {
    return await fn();
  } finally {
    Object.assign(fs, before);
    syncBuiltinESMExports();
  }
}
