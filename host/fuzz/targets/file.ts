import { type Stats, statSync } from 'node:fs';
import { AncillaryError } from '../../errors/error.js';

/** Throws one line for a target at which there is no regular file: a FIFO would be waited for, and a device read for ever. */
export function checkFile(file: string): void {
  const stat = look(file);
  if (stat.isFile()) return;
  const what = stat.isDirectory() ? 'it is a folder' : 'it is no regular file';
  throw new AncillaryError('ERR_INVALID_ARGUMENT', `cannot fuzz ${file}: ${what}`);
}

function look(file: string): Stats {
  try {
    return statSync(file);
  } catch (error) {
    const { code = 'EIO', message } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : message;
    throw new AncillaryError(code, `cannot fuzz ${file}: ${why}`, { cause: error });
  }
}
