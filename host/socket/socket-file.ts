import { linkSync, lstatSync, renameSync, unlinkSync } from 'node:fs';
import type { AncillaryError } from '../errors/error.js';
import type { OwnedFd } from '../fd/owned-fd.js';
import { SOCK_DGRAM } from '../libc/constants.js';
import { EADDRINUSE, ECONNREFUSED, ENOENT, systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import { PATH_MAX_BYTES, withAddress } from './address.js';
import { makeSocket } from './make-socket.js';

/**
 * Binds `socket` to `path`, taking the place of a stale socket file. Several processes may do so at once: the file is
 * first moved aside, which only one of them can do, and put back if somebody turns out to listen there.
 */
export function bindSocket(socket: OwnedFd, path: string, address: number, size: number): void {
  const { libc } = native();
  for (let tries = 0; ; tries++) {
    if (libc.bind(socket.number, address, size) === 0) return;
    const errno = libc.errno();
    if (errno === ENOENT) throw systemError('bind', errno, `to ${path}`, 'its folder must exist');
    if (errno !== EADDRINUSE) throw systemError('bind', errno, `to ${path}`);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat && !stat.isSocket()) throw inUse(path, 'something that is no socket is there');
    if (tries === 10 || isLive(path, address, size)) throw inUse(path, 'somebody listens there');
    replaceStale(path);
  }
}

/** Whether somebody listens at the path, or is about to. */
function isLive(path: string, address: number, size: number): boolean {
  const { libc } = native();
  // With a datagram socket: a stream one would be accepted by whoever listens there, as a caller who says nothing. To a
  // stream socket that is bound, listening or about to, it cannot connect (EPROTOTYPE); to a stale file nobody can.
  const probe = makeSocket(`probing ${path}`, SOCK_DGRAM);
  const errno = libc.connect(probe.number, address, size) < 0 ? libc.errno() : 0;
  probe.close();
  return errno !== ECONNREFUSED && errno !== ENOENT;
}

/** Takes the file at `path` away, unless it turns out not to be stale: then it is put back. */
function replaceStale(path: string): void {
  const aside = `${path}.${Math.random().toString(36).slice(2, 8)}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    // Somebody else has been faster: the next bind tells.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw fileError(error, 'rename', path);
  }
  // Between the look and the move another process may have put something else there.
  if (isStale(aside)) {
    unlinkFile(aside);
    return;
  }
  try {
    linkSync(aside, path);
    unlinkFile(aside);
  } catch {
    // Its place has been taken: better under the other name than gone.
  }
}

function isStale(path: string): boolean {
  if (inodeOf(path) === undefined) return false;
  // A name too long to be asked for was found stale a moment ago, under its own.
  if (Buffer.byteLength(path) > PATH_MAX_BYTES) return true;
  return !withAddress(path, (address, size) => isLive(path, address, size));
}

function inUse(path: string, why: string): AncillaryError {
  return systemError('bind', EADDRINUSE, `to ${path}`, `${why}: choose another path`);
}

/** Removes a file; one that is gone already is no failure. */
export function unlinkFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw fileError(error, 'unlink', path);
  }
}

function fileError(error: unknown, syscall: string, path: string): AncillaryError {
  const { errno = 0 } = error as NodeJS.ErrnoException;
  return systemError(syscall, -errno, `of ${path}`);
}

/** Identity of the socket file at `path`, undefined where there is none. */
export function inodeOf(path: string): string | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false, bigint: true });
  return stat?.isSocket() ? `${stat.dev}:${stat.ino}` : undefined;
}
