import { constants } from 'node:os';
import { SIG_DFL } from '../libc/constants.js';
import { native } from '../libc/native.js';
import { setImmediate } from '../runtime/globals.js';

type Cleanup = () => void;

const cleanups = new Set<Cleanup>();

/** Has `cleanup` done when the command ends, by whatever way; call the result to do it earlier. */
export function atEnd(cleanup: Cleanup): Cleanup {
  const once = () => {
    if (cleanups.delete(once)) cleanup();
  };
  cleanups.add(once);
  return once;
}

/** Does what is left to clean up, the latest first: what came later may still use what came before. */
export function cleanUp(): void {
  for (const cleanup of [...cleanups].reverse()) {
    try {
      cleanup();
    } catch {
      // What cannot be removed must not keep the rest from being removed.
    }
  }
}

const ENDING = [
  ['SIGHUP', 129],
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const;

/** A signal ends the process at once, with 128 and its number, and with everything cleaned up. */
export function endOnSignals(): void {
  for (const [signal, code] of ENDING) {
    process.once(signal, () => {
      cleanUp();
      exitNow(code);
    });
  }
}

/** From now on these signals, and SIGQUIT, end nothing here: `handle` gets them. */
export function takeSignals(handle: (signal: NodeJS.Signals) => void): void {
  for (const signal of [...ENDING.map(([name]) => name), 'SIGQUIT'] as const) {
    const before = process.listeners(signal);
    process.on(signal, handle);
    // Never without a listener: a signal that has come and waits for its turn would be forgotten.
    for (const listener of before) process.off(signal, listener);
  }
}

/**
 * From now on these signals end the process without anything being cleaned up, as another program would be ended; those
 * that have come already have their turn first. To be called before another program takes the process over: what waits
 * to be handled then would be forgotten.
 */
export async function leaveSignals(): Promise<void> {
  for (const [name] of ENDING) native().libc.signal(constants.signals[name], SIG_DFL);
  // The first turn may have looked for signals already.
  for (let turns = 0; turns < 2; turns++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Ends without waiting for pool threads, one of which may be stuck writing to a pipe that nobody reads. */
export function exitNow(code: number): never {
  try {
    native().libc._exit(code);
  } catch {
    // No libc to ask: not Linux.
  }
  process.exit(code);
}
