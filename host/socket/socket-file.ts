import { lstatSync, unlinkSync } from 'node:fs';
import type { AncillaryError } from '../errors/error.js';
import { numberOf, type OwnedFd } from '../fd/owned-fd.js';
import { SOCK_DGRAM } from '../libc/constants.js';
import { EADDRINUSE, ECONNREFUSED, ENOENT, systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import { withAbstractAddress } from './address.js';
import { makeSocket } from './make-socket.js';

/**
 * Binds `socket` to `path`, taking the place of a stale socket file. Several processes may want to at once: whoever
 * holds the lock looks again, removes the file and binds; the others find the place taken.
 */
export function bindSocket(socket: OwnedFd, path: string, address: number, size: number): void {
  const { libc } = native();
  for (let tries = 0; ; tries++) {
    if (libc.bind(numberOf(socket), address, size) === 0) return;
    const errno = libc.errno();
    if (errno === ENOENT) throw systemError('bind', errno, `to ${path}`, 'its folder must exist');
    if (errno !== EADDRINUSE) throw systemError('bind', errno, `to ${path}`);
    const inode = inodeOf(path);
    if (inode === undefined) {
      if (lstatSync(path, { throwIfNoEntry: false })) throw inUse(path, 'something that is no socket is there');
      // Gone meanwhile.
      if (tries < 10) continue;
    }
    if (inode === undefined || isLive(path, address, size)) throw inUse(path, 'somebody listens there');
    const lock = lockFile(inode);
    if (!lock) throw inUse(path, 'another process is beginning to listen there');
    try {
      if (inodeOf(path) === inode && !isLive(path, address, size)) {
        unlinkFile(path);
        if (libc.bind(numberOf(socket), address, size) === 0) return;
      }
    } finally {
      lock.close();
    }
  }
}

/** A lock on a stale file, which the kernel takes back when its holder ends: a name that only one socket can have. */
function lockFile(inode: string): OwnedFd | undefined {
  const { libc } = native();
  const lock = makeSocket(`locking the stale socket file ${inode}`, SOCK_DGRAM);
  const isOurs = withAbstractAddress(
    `ancillary-stale-${inode}`,
    (address, size) => libc.bind(numberOf(lock), address, size) === 0,
  );
  if (isOurs) return lock;
  lock.close();
  return undefined;
}

/** Whether somebody listens at the path, or is about to. */
function isLive(path: string, address: number, size: number): boolean {
  const { libc } = native();
  // With a datagram socket: a stream one would be accepted by whoever listens there, as a caller who says nothing. To a
  // stream socket that is bound, listening or about to, it cannot connect (EPROTOTYPE); to a stale file nobody can.
  const probe = makeSocket(`probing ${path}`, SOCK_DGRAM);
  const errno = libc.connect(numberOf(probe), address, size) < 0 ? libc.errno() : 0;
  probe.close();
  return errno !== ECONNREFUSED && errno !== ENOENT;
}

function inUse(path: string, why: string): AncillaryError {
  return systemError('bind', EADDRINUSE, `to ${path}`, `${why}: choose another path`);
}

/** Removes a file; one that is gone already is no failure. */
export function unlinkFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      const { errno = 0 } = error as NodeJS.ErrnoException;
      throw systemError('unlink', -errno, `of ${path}`);
    }
  }
}

/** Identity of the socket file at `path`, undefined where there is none. */
export function inodeOf(path: string): string | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false, bigint: true });
  return stat?.isSocket() ? `${stat.dev}:${stat.ino}` : undefined;
}
