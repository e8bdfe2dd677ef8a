import { AncillaryError } from '../errors/error.js';
import type { Origin } from '../fd/origin.js';
import { numberOf, type OwnedFd, ownFd } from '../fd/owned-fd.js';
import {
  AF_UNIX,
  F_SETFL,
  SO_OOBINLINE,
  SO_PASSCRED,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../libc/constants.js';
import { EMFILE, systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';

export interface StreamOptions {
  /** Ask the kernel for the sender's credentials with every message (SO_PASSCRED). */
  credentials?: boolean | undefined;
}

/** A new socket: non-blocking and close-on-exec. */
export function makeSocket(origin: Origin, type = SOCK_STREAM): OwnedFd {
  const { libc } = native();
  const fd = libc.socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) {
    const errno = libc.errno();
    throw systemError('socket', errno, '', errno === EMFILE ? 'close some descriptors, or raise ulimit -n' : '');
  }
  return ownFd(fd, origin);
}

/**
 * Takes O_NONBLOCK off a socket that nobody else has yet. What it is connected with may be handed to a program that
 * knows nothing of it, and would fail with EAGAIN; here every send and receive says MSG_DONTWAIT.
 */
export function makeBlocking(fd: OwnedFd): void {
  const { libc } = native();
  if (libc.fcntl(numberOf(fd), F_SETFL, 0) < 0) throw systemError('fcntl', libc.errno(), 'F_SETFL');
}

/** Has the kernel state the sender's credentials with every message. */
export function passCredentials(fd: OwnedFd): void {
  setOption(fd, SO_PASSCRED, 'SO_PASSCRED');
}

/**
 * Has out-of-band bytes (MSG_OOB, since Linux 5.15) stand in line with the others. Otherwise the kernel would drop them
 * within recvmsg, and close there what came with them, however long that takes.
 */
export function keepOutOfBand(fd: OwnedFd): void {
  setOption(fd, SO_OOBINLINE, 'SO_OOBINLINE');
}

function setOption(fd: OwnedFd, option: number, name: string): void {
  const { libc, codec, base, scratch } = native();
  codec.view.setInt32(scratch, 1, true);
  if (libc.setsockopt(numberOf(fd), SOL_SOCKET, option, base + scratch, 4) < 0) {
    throw systemError('setsockopt', libc.errno(), name);
  }
}

/** What a wait fails with whose socket is closed. */
export function closedError(what: string): AncillaryError {
  return new AncillaryError('ERR_CLOSED', `${what} was closed while this waited`);
}
