import { fchmodSync } from 'node:fs';
import { checkInteger } from '../../check/values.js';
import { numberOf, type OwnedFd } from '../../fd/owned-fd.js';
import { fileError } from './file.js';

/** The permissions of a socket file that were asked for, if any. */
export function checkMode(mode: unknown): number | undefined {
  return mode === undefined ? undefined : checkInteger(mode, 'mode', 0, 0o777);
}

/**
 * Has the socket file that bind is about to make be no wider than `mode`, from its first moment: it takes the mode of
 * the socket, less the umask (net/unix/af_unix.c, unix_bind_bsd). What the umask takes away is given back afterwards.
 */
export function narrowMode(socket: OwnedFd, mode: number | undefined): void {
  if (mode === undefined) return;
  try {
    fchmodSync(numberOf(socket), mode);
  } catch (error) {
    throw fileError('fchmod', 'of a socket', error);
  }
}
