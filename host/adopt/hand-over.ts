import { AncillaryError } from '../errors/error.js';
import { statFd } from '../fd/kind.js';
import { duplicateNumber } from '../fd/owned-fd.js';
import { systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import { reserveStack } from '../runtime/stack.js';
import { type FdHolder, giveUp } from './fd-holder.js';

/**
 * Gives Node a number of its own for the descriptor `fd`, which `owned` holds, and closes the one of `owned` when Node
 * has taken it: so that a failure, after which Node closes what it got or does not, leaves `owned` as it was. `copy`
 * makes that number; `make` gives it to Node, which closes it from then on.
 */
export function handOver<T>(owned: FdHolder, fd: number, make: (fd: number) => T, copy = duplicateNumber): T {
  reserveStack('plenty');
  const number = copy(fd);
  const before = identityOf(number);
  let made: T;
  try {
    made = make(number);
  } catch (error) {
    if (identityOf(number) === before) native().libc.close(number);
    throw refusedByNode(error);
  }
  giveUp(owned);
  return made;
}

/** Which file is open under a number; undefined for none. */
function identityOf(fd: number): string | undefined {
  try {
    const { dev, ino, rdev } = statFd(fd, true);
    return `${dev}:${ino}:${rdev}`;
  } catch {
    return undefined;
  }
}

/** An error of Node's as ours. */
export function refusedByNode(error: unknown): unknown {
  if (error instanceof AncillaryError || error instanceof RangeError) return error;
  const { errno, syscall, code, message } = error as NodeJS.ErrnoException;
  if (typeof errno === 'number') return systemError(syscall ?? 'open', -errno, '', 'Node did not take the descriptor');
  return new AncillaryError(code ?? 'ERR_UNSUPPORTED', `Node did not take the descriptor: ${message}`, {
    cause: error,
  });
}
