import { constants, fstatSync, read } from 'node:fs';
import { promisify } from 'node:util';
import { AncillaryError } from '../errors/error.js';
import type { OwnedFd } from '../fd/owned-fd.js';
import { F_GETFL, O_ACCMODE, O_PATH } from '../libc/constants.js';
import { native } from '../libc/native.js';
import { reactor } from '../reactor/reactor.js';
import { untilEvent } from '../reactor/wait.js';

const readFd = promisify(read);
const CHUNK = 65536;

/** What can be read through a descriptor, from its current offset to its end; valid until the next chunk is asked for. */
export async function* contentsOf(fd: OwnedFd): AsyncGenerator<Uint8Array> {
  const stat = fstatSync(fd.number);
  refuseUnreadable(fd.number);
  const canWait = stat.isFIFO() || stat.isSocket() || stat.isCharacterDevice();
  const chunk = new Uint8Array(CHUNK);
  try {
    for (let mustWait = canWait; ; ) {
      if (mustWait) await untilReadable(fd.number);
      try {
        const { bytesRead } = await readFd(fd.number, chunk, 0, CHUNK, null);
        if (bytesRead === 0) return;
        yield chunk.subarray(0, bytesRead);
        mustWait = canWait;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw explain(error, fd.number);
        mustWait = true;
      }
    }
  } finally {
    if (canWait) reactor().forget(fd.number, undefined);
  }
}

/** A pipe or socket is waited for in the event loop, so that nothing blocks; a device without poll is always ready. */
async function untilReadable(fd: number): Promise<void> {
  try {
    await untilEvent(fd, 'read', `reading from descriptor ${fd}`);
  } catch (error) {
    if (!(error instanceof AncillaryError && error.code === 'EPERM')) throw error;
  }
}

/** Names what can never be read, before it is waited for: a pipe open for writing never becomes readable. */
function refuseUnreadable(fd: number): void {
  const flags = native().libc.fcntl(fd, F_GETFL, 0);
  if (flags & O_PATH) throw unreadable('EBADF', fd, 'only names a file (O_PATH); open it for reading');
  if ((flags & O_ACCMODE) === constants.O_WRONLY) throw explain({ code: 'EBADF' }, fd);
}

function explain(error: unknown, fd: number): AncillaryError {
  const { code = 'EIO', message } = error as NodeJS.ErrnoException;
  const what: Record<string, string> = {
    EISDIR: 'is a directory; pass its files one by one',
    EBADF: 'is not open for reading; open it read-only or read-write before passing it',
    EINVAL: 'is nothing that can be read',
    ENOTCONN: 'is a socket that is not connected',
  };
  return unreadable(code, fd, what[code] ?? `cannot be read: ${message}`);
}

function unreadable(code: string, fd: number, why: string): AncillaryError {
  return new AncillaryError(code, `passed fd ${fd} ${why}`);
}
