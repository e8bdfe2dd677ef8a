import type { FileHandle } from 'node:fs/promises';
import { show } from '../check/show.js';
import { invalidArgument } from '../errors/error.js';
import { originOf } from '../fd/origin.js';
import { duplicateFd, OwnedFd } from '../fd/owned-fd.js';
import { numberOfSendable } from '../fd/sendable.js';
import { reserveStack } from '../runtime/stack.js';
import { refusedByNode } from './hand-over.js';

/**
 * Takes the descriptor out of a FileHandle (node:fs/promises), which is closed when this resolves: of the very same
 * description, position and flags as they are, under another number. Calls of the FileHandle that still run should be
 * awaited before; a stream made of it must have ended. Rejects with `ERR_CLOSED` where it has been closed.
 *
 * Locks that the process took with fcntl(2) end, as with every close of the file; those of flock(2) stay.
 */
export async function fromFileHandle(handle: FileHandle): Promise<OwnedFd> {
  const isHandle = typeof handle?.close === 'function' && typeof handle.fd === 'number' && !OwnedFd.isOwnedFd(handle);
  if (!isHandle || typeof handle.stat !== 'function') {
    throw invalidArgument(`fromFileHandle takes a FileHandle, not ${show(handle)}`);
  }
  const number = numberOfSendable(handle);
  reserveStack('plenty');
  const fd = duplicateFd(number, originOf('taken out of a FileHandle', fromFileHandle));
  try {
    await handle.close();
    return fd;
  } catch (error) {
    fd[Symbol.dispose]();
    throw refusedByNode(error);
  }
}
