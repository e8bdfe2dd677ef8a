import type { FileHandle } from 'node:fs/promises';
import { callError } from '../fd/give.js';
import { O_CLOEXEC, O_PATH } from '../libc/constants.js';
import { native } from '../libc/native.js';
import { builtin } from '../runtime/builtin.js';
import { type FdHolder, giveUp, numberOfHolder } from './fd-holder.js';
import { refusedByNode } from './hand-over.js';
import { lookFor } from './takers.js';

/**
 * Makes a FileHandle (node:fs/promises) of a file, a directory, a device, a memfd, a pipe, an eventfd or whatever else
 * can be read and written like a file. It is of the very same description: position, flags and locks stay as they are,
 * also O_NONBLOCK. The descriptor is the FileHandle's from then on, under another number: `owned` has been released.
 *
 * Each call of a FileHandle that has to wait, as for a pipe or an eventfd, occupies one of the four threads of libuv's
 * pool meanwhile.
 *
 * Rejects, and `owned` is open and the caller's as before: `ERR_UNSUPPORTED` for sockets and epoll instances, `EMFILE`
 * where no descriptor is left, `ERR_CLOSED` where `owned` has been closed meanwhile.
 */
export async function toFileHandle(owned: FdHolder): Promise<FileHandle> {
  lookFor('toFileHandle', numberOfHolder(owned, 'toFileHandle'));
  // Node has no FileHandle for an open descriptor. So one is opened, and what it stands for replaced: dup3(2) does that
  // in one step.
  const handle = await openAny();
  try {
    const { libc } = native();
    if (libc.dup3(numberOfHolder(owned, 'toFileHandle'), handle.fd, O_CLOEXEC) < 0) throw callError('dup3');
  } catch (error) {
    await handle.close();
    throw error;
  }
  giveUp(owned);
  return handle;
}

/** O_PATH: the folder is not even opened for reading. */
async function openAny(): Promise<FileHandle> {
  try {
    return await builtin('fs/promises').open('/', O_PATH);
  } catch (error) {
    throw refusedByNode(error);
  }
}
