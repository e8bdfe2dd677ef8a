import { fstatSync, read } from 'node:fs';
import { promisify } from 'node:util';
import { AncillaryError } from '../errors/error.js';
import type { OwnedFd } from '../fd/owned-fd.js';
import { reactor } from '../reactor/reactor.js';
import { untilEvent } from '../reactor/wait.js';

const readFd = promisify(read);
const CHUNK = 65536;

/** What can be read through a descriptor, from its current offset to its end; valid until the next chunk is asked for. */
export async function* contentsOf(fd: OwnedFd): AsyncGenerator<Uint8Array> {
  const stat = fstatSync(fd.number);
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

function explain(error: unknown, fd: number): unknown {
  const { code } = error as NodeJS.ErrnoException;
  const what: Record<string, string> = {
    EISDIR: 'is a directory; pass its files one by one',
    EBADF: 'is not open for reading; open it read-only or read-write before passing it',
  };
  return what[code ?? ''] ? new AncillaryError(code as string, `passed fd ${fd} ${what[code as string]}`) : error;
}
