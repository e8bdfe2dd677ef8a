/** The folders that a run writes to, looked at before it begins: an hour of work is not to end in one that refuses. */
import { accessSync, constants, lstatSync, mkdirSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { AncillaryError } from '../errors/error.js';

/** The error for a folder that cannot be used, in one line. */
export function folderError(what: string, folder: string, error: unknown): AncillaryError {
  const { code = 'EIO', message } = error as NodeJS.ErrnoException;
  return new AncillaryError(code, `cannot use ${folder} as the folder of ${what}: ${message}`, { cause: error });
}

function notFolder(what: string, folder: string): AncillaryError {
  return new AncillaryError('ENOTDIR', `cannot use ${folder} as the folder of ${what}: it is no folder`);
}

/** What is there, undefined where there is nothing; a link that leads nowhere is itself what is there. */
function lookAt(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false }) ?? lstatSync(path, { throwIfNoEntry: false });
}

/** Makes sure that files can be made in `folder`, and makes it where only it is missing itself. */
export function checkWritable(folder: string, what: string): void {
  try {
    const found = lookAt(folder);
    if (found && !found.isDirectory()) throw notFolder(what, folder);
    if (!found) mkdirSync(folder);
    // Permissions do not say it all: a file system may be read-only, or full.
    const probe = join(folder, `.ancillary-${process.pid}-0.tmp`);
    writeFileSync(probe, '');
    rmSync(probe, { force: true });
  } catch (error) {
    throw error instanceof AncillaryError ? error : folderError(what, folder, error);
  }
}

/** Makes sure that `folder` could be made and written to; it is not made yet. */
export function checkMakeable(folder: string, what: string): void {
  try {
    let nearest = resolve(folder);
    for (;;) {
      const found = lookAt(nearest);
      if (found && !found.isDirectory()) throw notFolder(what, nearest === resolve(folder) ? folder : nearest);
      if (found) break;
      nearest = dirname(nearest);
    }
    accessSync(nearest, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw error instanceof AncillaryError ? error : folderError(what, folder, error);
  }
}
