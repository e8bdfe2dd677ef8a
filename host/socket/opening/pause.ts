const never = new Int32Array(new SharedArrayBuffer(4));
const { wait } = Atomics;

/** Has this thread rest for about a millisecond, not for the same time in each process: for races that end soon. */
export function pause(): void {
  try {
    wait(never, 0, 0, 0.2 + Math.random());
  } catch {
    // A runtime whose main thread may not wait: it is asked again at once.
  }
}
