import { createInterface } from 'node:readline';

/**
 * The contender's side of the bench: one line with a number of operations in, the nanoseconds they took out.
 *
 * @param {(n: number) => void | Promise<void>} batch
 */
export async function serve(batch) {
  for await (const line of createInterface({ input: process.stdin })) {
    const start = process.hrtime.bigint();
    await batch(Number(line));
    console.log(String(process.hrtime.bigint() - start));
  }
  // What the contender still waits for (a socket, a peer) must not keep it.
  process.exit();
}
