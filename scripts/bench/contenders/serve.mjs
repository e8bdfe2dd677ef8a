import { createInterface } from 'node:readline';

/**
 * The contender's side of the bench: one line with a number of operations in, the nanoseconds they took out.
 *
 * @param {(n: number) => void | Promise<void>} batch
 * @param {() => bigint} [clock] nanoseconds
 */
export async function serve(batch, clock = process.hrtime.bigint) {
  for await (const line of createInterface({ input: process.stdin })) {
    const start = clock();
    await batch(Number(line));
    console.log(String(clock() - start));
  }
  // What the contender still waits for (a socket, a peer) must not keep it.
  process.exit();
}

/**
 * The processor's time of all threads, for what never waits: others on the machine change it less.
 */
export function processorTime() {
  const { user, system } = process.cpuUsage();
  return BigInt(user + system) * 1000n;
}
