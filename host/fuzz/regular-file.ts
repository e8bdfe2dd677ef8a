import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { AncillaryError } from '../errors/error.js';

/**
 * The bytes of a file that has `most` at most; throws one line that names it as `what`. What is no regular file is
 * refused: a FIFO would be waited for, and a device read for ever.
 */
export function readRegular(path: string, most: number, what = path): Uint8Array<ArrayBuffer> {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    try {
      return readAll(fd, most, what);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (error instanceof AncillaryError) throw error;
    const { code = 'EIO', message } = error as NodeJS.ErrnoException;
    // A socket cannot be opened as a file.
    if (code === 'ENXIO') throw notRegular(what);
    throw new AncillaryError(code, `cannot read ${what}: ${message}`);
  }
}

function readAll(fd: number, most: number, what: string): Uint8Array<ArrayBuffer> {
  const stat = fstatSync(fd);
  if (stat.isDirectory()) throw new AncillaryError('EISDIR', `cannot read ${what}: EISDIR: it is a folder`);
  if (!stat.isFile()) throw notRegular(what);
  // Files below /proc say that they are empty.
  const bytes = new Uint8Array(most + 1);
  let size = 0;
  for (let got = -1; got !== 0 && size < bytes.length; size += got) {
    got = readSync(fd, bytes, size, bytes.length - size, null);
  }
  if (size <= most) return bytes.slice(0, size);
  const said = Math.max(stat.size, size);
  throw new AncillaryError('ERR_TOO_LARGE', `${what} has ${said} bytes: ${most} are the most`);
}

function notRegular(what: string): AncillaryError {
  return new AncillaryError(
    'ERR_INVALID_ARGUMENT',
    `cannot read ${what}: it is no regular file; save its bytes in one`,
  );
}
