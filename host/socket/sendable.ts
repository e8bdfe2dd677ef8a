import { show } from '../check/show.js';
import { INT_MAX } from '../check/values.js';
import { invalidArgument } from '../errors/error.js';
import { numberOf, OwnedFd } from '../fd/owned-fd.js';

/** Anything that has a descriptor: an OwnedFd, a number, a FileHandle of node:fs/promises. */
export type Sendable = OwnedFd | number | { readonly fd: number };

/** The number, asked for at the last moment: a descriptor closed meanwhile throws instead of naming a stranger. */
export function numberOfSendable(sendable: Sendable): number {
  if (OwnedFd.isOwnedFd(sendable)) return numberOf(sendable);
  const fd: unknown = typeof sendable === 'number' ? sendable : (sendable as { fd: number } | null | undefined)?.fd;
  if (Number.isInteger(fd) && (fd as number) >= 0 && (fd as number) <= INT_MAX) return fd as number;
  throw invalidArgument(`${show(fd === undefined ? sendable : fd)} is no descriptor that can be passed`);
}
