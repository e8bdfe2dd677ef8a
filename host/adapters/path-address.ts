import type { UnixAddress } from './base.js';

/** The address that a path of these packages means: one with a NUL in front is an abstract name. */
export function addressOf(path: string): UnixAddress {
  return path.startsWith('\0') ? { abstract: path.slice(1) } : path;
}
