const never = new Int32Array(new SharedArrayBuffer(4));
const { wait } = Atomics;

/**
 * How long is waited for other processes that are in the middle of taking a path, in milliseconds: a few lines of theirs,
 * but on a busy machine each may have to wait for its turn.
 */
export const PATIENCE = 5000;

/** Has this thread rest for about a millisecond, not for the same time in each process: for races that end soon. */
export function pause(): void {
  try {
    wait(never, 0, 0, 0.2 + Math.random());
  } catch {
    // A runtime whose main thread may not wait: it is asked again at once.
  }
}
