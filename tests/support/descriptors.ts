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
