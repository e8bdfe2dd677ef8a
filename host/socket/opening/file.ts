// Files that are sockets, with errors of our own.

import { type BigIntStats, constants, lstatSync, openSync, unlinkSync } from 'node:fs';
import { resolve } from 'node:path';
import { escapeControls } from '../../check/escape.js';
import { AncillaryError } from '../../errors/error.js';
import { O_PATH } from '../../libc/constants.js';
import { systemError } from '../../libc/errno.js';

/** Node's permission model knows nothing of bind, but would forbid later to look at the file and to remove it. */
export function checkPermission(path: string): void {
  const { permission } = process;
  if (!permission || (permission.has('fs.read', path) && permission.has('fs.write', path))) return;
  const advice = `--permission forbids to make a socket file at ${escapeControls(path)}: --allow-fs-read and --allow-fs-write`;
  throw new AncillaryError('ERR_ACCESS_DENIED', `${advice} must name its folder`);
}

/** Where `path` is, whatever folder the process changes to. */
export function absolutePath(path: string): string {
  try {
    return resolve(path);
  } catch (error) {
    throw fileError('getcwd', 'of a relative path', error, 'the working directory is gone: give an absolute path');
  }
}

/** An O_PATH descriptor of the file itself, -1 where it cannot be had. */
export function openFile(path: string): number {
  try {
    return openSync(path, O_PATH | constants.O_NOFOLLOW);
  } catch {
    return -1;
  }
}

/** Removes a file; one that is gone already is no failure. */
export function unlinkFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      throw fileError('unlink', `of ${escapeControls(path)}`, error);
  }
}

/** Identity of the socket file at `path`, undefined where there is none. */
export function inodeOf(path: string): string | undefined {
  const stat = statAt(path);
  return stat?.isSocket() ? identityOf(stat) : undefined;
}

/** The file itself at `path`, undefined where there is none. */
export function statAt(path: string): BigIntStats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false, bigint: true });
  } catch (error) {
    throw fileError('lstat', `of ${escapeControls(path)}`, error);
  }
}

export function identityOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

/** Whose file it is, for an error; nothing when that cannot be told. */
export function ownerOf(path: string): string {
  try {
    const { uid, mode } = lstatSync(path);
    return ` (of uid ${uid}, mode ${(mode & 0o7777).toString(8)})`;
  } catch {
    return '';
  }
}

/** Node's own error of a file as ours; it has no errno where Node's permissions refused. */
export function fileError(syscall: string, subject: string, error: unknown, advice = ''): AncillaryError {
  const { errno, code, message } = error as NodeJS.ErrnoException;
  if (typeof errno === 'number') return systemError(syscall, -errno, subject, advice);
  return new AncillaryError(code ?? 'ERR_UNSUPPORTED', `${syscall} ${subject}: ${message}`, { syscall, cause: error });
}
