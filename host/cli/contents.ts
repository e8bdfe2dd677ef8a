import { constants, fstatSync, read } from 'node:fs';
import { promisify } from 'node:util';
import { AncillaryError } from '../errors/error.js';
import { numberOf, type OwnedFd } from '../fd/owned-fd.js';
import { F_GETFL, O_ACCMODE, O_PATH, SO_ACCEPTCONN, SOL_SOCKET } from '../libc/constants.js';
import { native } from '../libc/native.js';
import { reactor } from '../reactor/reactor.js';
import { untilEvent } from '../reactor/wait.js';

const readFd = promisify(read);
const CHUNK = 65536;

/** The code of every error that is a passed descriptor's own fault. */
export const UNREADABLE = 'ERR_UNREADABLE';

/** What can be read through a descriptor, from its current offset to its end; valid until the next chunk is asked for. */
export async function* contentsOf(fd: OwnedFd): AsyncGenerator<Uint8Array> {
  const canWait = examine(fd);
  const chunk = new Uint8Array(CHUNK);
  try {
    for (let size = await readChunk(fd, chunk, canWait); size > 0; size = await readChunk(fd, chunk, canWait)) {
      yield chunk.subarray(0, size);
    }
  } finally {
    if (canWait) reactor().forget(numberOf(fd), undefined);
  }
}

/**
 * Whether what the descriptor stands for may have to be waited for. Refuses what can never be read, before it is waited
 * for: a pipe open for writing never becomes readable, and a socket that listens does so for accept alone.
 */
function examine(fd: OwnedFd): boolean {
  try {
    const flags = native().libc.fcntl(numberOf(fd), F_GETFL, 0);
    if (flags & O_PATH) throw unreadable(fd, 'only names a file (O_PATH); open it for reading');
    if ((flags & O_ACCMODE) === constants.O_WRONLY) throw explain({ code: 'EBADF' }, fd);
    const stat = fstatSync(numberOf(fd));
    if (stat.isSocket() && isListening(fd)) {
      throw unreadable(fd, 'is a socket that listens; accept its connections and pass those');
    }
    return stat.isFIFO() || stat.isSocket() || stat.isCharacterDevice();
  } catch (error) {
    throw explain(error, fd);
  }
}

/** Whether it is a socket, of whatever family, that waits for connections (SO_ACCEPTCONN, socket(7)). */
function isListening(socket: OwnedFd): boolean {
  const { libc, codec, base, scratch } = native();
  const [answer, size] = [scratch, scratch + 4];
  codec.view.setUint32(size, 4, true);
  if (libc.getsockopt(numberOf(socket), SOL_SOCKET, SO_ACCEPTCONN, base + answer, base + size) < 0) return false;
  return codec.view.getInt32(answer, true) !== 0;
}

/** Reads once; how many bytes there were, 0 at the end. */
async function readChunk(fd: OwnedFd, chunk: Uint8Array, canWait: boolean): Promise<number> {
  for (let mustWait = canWait; ; mustWait = true) {
    try {
      if (mustWait) await untilReadable(fd);
      return (await readFd(numberOf(fd), chunk, 0, CHUNK, null)).bytesRead;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw explain(error, fd);
    }
  }
}

/** A pipe or socket is waited for in the event loop, so that nothing blocks; a device without poll is always ready. */
async function untilReadable(fd: OwnedFd): Promise<void> {
  try {
    await untilEvent(numberOf(fd), 'read', `reading from descriptor ${numberOf(fd)}`);
  } catch (error) {
    if (!(error instanceof AncillaryError && error.code === 'EPERM')) throw error;
  }
}

function explain(error: unknown, fd: OwnedFd): AncillaryError {
  const { code = 'EIO', message } = error as NodeJS.ErrnoException;
  if (code === UNREADABLE) return error as AncillaryError;
  const what: Record<string, string> = {
    EISDIR: 'is a directory; pass its files one by one',
    EBADF: 'is not open for reading; open it read-only or read-write before passing it',
    EINVAL: 'is nothing that can be read',
    ENOTCONN: 'is a socket that is not connected',
  };
  return unreadable(fd, what[code] ?? `cannot be read: ${message}`);
}

function unreadable(fd: OwnedFd, why: string): AncillaryError {
  return new AncillaryError(UNREADABLE, `passed fd ${numberOf(fd)} ${why}`);
}
