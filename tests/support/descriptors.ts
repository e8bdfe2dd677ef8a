import { readdirSync, readlinkSync } from 'node:fs';

/** The numbers open in this process, without the one that the look itself opens. */
export function openFds(): number[] {
  return readdirSync('/proc/self/fd')
    .map(Number)
    .filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) !== '';
      } catch {
        return false;
      }
    })
    .sort((a, b) => a - b);
}

/** The number that the kernel gives next. */
export function lowestFree(): number {
  const open = new Set(openFds());
  let fd = 0;
  while (open.has(fd)) fd++;
  return fd;
}

/** The numbers open once what earlier tests let go of is closed: away from the event loop, a little later. */
export async function settledFds(): Promise<number[]> {
  for (let last = openFds(), same = 0; ; ) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const now = openFds();
    same = now.join() === last.join() ? same + 1 : 0;
    last = now;
    if (same === 5) return now;
  }
}

/** Waits until exactly `expected` are open: what is refused is closed soon, away from the event loop. */
export async function untilOpen(expected: readonly number[], limit = 30_000): Promise<void> {
  const end = performance.now() + limit;
  while (openFds().join() !== expected.join()) {
    if (performance.now() > end) throw new Error(`open are ${openFds().join()}, not ${expected.join()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
