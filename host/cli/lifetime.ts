import { native } from '../libc/native.js';

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

/** A signal ends the process at once, with 128 and its number, and with everything cleaned up. */
export function endOnSignals(): void {
  for (const [signal, code] of [
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => {
      cleanUp();
      exitNow(code);
    });
  }
}

/** Ends without waiting for pool threads, one of which may be stuck writing to a pipe that nobody reads. */
function exitNow(code: number): never {
  try {
    native().libc._exit(code);
  } catch {
    // No libc to ask: not Linux.
  }
  process.exit(code);
}
