import { readdirSync, readFileSync } from 'node:fs';
import { AncillaryError } from './base.js';

/**
 * Throws `EMFILE` where this process may not open `count` descriptors more (RLIMIT_NOFILE): it is better known before
 * anything has changed hands. Where /proc does not say, nothing is known, and nothing thrown.
 */
export function checkRoom(count: number): void {
  const room = findRoom();
  if (count <= room) return;
  throw new AncillaryError(
    'EMFILE',
    `${count} descriptors are to come, and this process may open ${room} more (RLIMIT_NOFILE): raise it with ulimit -n`,
  );
}

/** How many descriptors more this process may open. */
function findRoom(): number {
  try {
    const most = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    // One of those that are listed is what lists them.
    return most === undefined ? Infinity : Math.max(0, Number(most) - readdirSync('/proc/self/fd').length + 1);
  } catch {
    return Infinity;
  }
}
