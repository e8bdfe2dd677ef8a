// What is needed of Node, taken when the module loads: what a test puts in its place later (fake timers, stubs), for its
// own code, must not reach descriptors that are waited for or watched.

import {
  clearTimeout as nodeClearTimeout,
  setImmediate as nodeSetImmediate,
  setTimeout as nodeSetTimeout,
} from 'node:timers';

export const setImmediate = nodeSetImmediate;
export const setTimeout = nodeSetTimeout;
export const clearTimeout = nodeClearTimeout;

/** The language's own, also where a polyfill stands in its place. */
export const NativePromise = Promise;

const kept = NativePromise.resolve();

/** As the global of that name, but of the language itself: fake timers replace that one. */
export function queueMicrotask(task: () => void): void {
  kept.then(task);
}

const { hrtime } = process;

/** Milliseconds since some moment, by a clock that never goes back. `performance` would load a dozen modules of Node's. */
export function now(): number {
  const [seconds, nanoseconds] = hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

const emitWarning = process.emitWarning.bind(process);

/** Warns as process.emitWarning does; never throws. */
export function warn(message: string, code: string): void {
  try {
    emitWarning(message, { type: 'AncillaryWarning', code });
  } catch {
    // It has been replaced by something that throws; there is nobody else to tell.
  }
}

/**
 * Has an error that nobody can catch, because native code or the collector called, thrown where it ends up as
 * `uncaughtException`, like every other.
 */
export function throwLater(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}
