import { type AncillaryError, invalidArgument } from '../errors/error.js';
import { numberOf as numberOfOwned, OwnedFd } from '../fd/owned-fd.js';
import { F_GETFD, SCM_MAX_FD } from '../libc/constants.js';
import { EAGAIN, EBADF, EPERM, ETOOMANYREFS, systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import { NOT_YET, type WaitOptions } from '../reactor/wait.js';
import { type Credentials, outgoingFrame } from './frame.js';

/** Anything that has a descriptor: an OwnedFd, a number, a FileHandle of node:fs/promises. */
export type Sendable = OwnedFd | number | { readonly fd: number };

export interface SendOptions extends WaitOptions {
  /** Descriptors to pass, 253 at most. They stay open here: the receiver gets duplicates. */
  fds?: readonly Sendable[];
  /** Credentials to state: `true` for this process's own; others need capabilities. */
  credentials?: boolean | Credentials;
}

const NO_FDS: readonly Sendable[] = [];

/** The bytes of `data`; refuses what Linux would lose in silence, and what cannot be meant. */
export function checkMessage(data: Uint8Array | string, { fds = NO_FDS, credentials }: SendOptions): Uint8Array {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  if (!(bytes instanceof Uint8Array)) throw invalidArgument('data must be a string or a Uint8Array');
  if (!Array.isArray(fds)) throw invalidArgument('fds must be an array of descriptors');
  if (credentials !== undefined && typeof credentials !== 'boolean' && !isCredentials(credentials)) {
    throw invalidArgument('credentials must be true, or pid, uid and gid as whole numbers');
  }
  if (fds.length > SCM_MAX_FD) {
    throw invalidArgument(
      `${fds.length} descriptors; Linux passes at most ${SCM_MAX_FD} in one message: use several messages`,
    );
  }
  if (bytes.length === 0) {
    throw invalidArgument(
      fds.length > 0
        ? 'descriptors with no data: on a stream Linux would drop them unseen; send at least one byte with them'
        : 'no data: a stream carries no empty message; send at least one byte',
    );
  }
  return bytes;
}

/**
 * One sendmsg of `data` from offset `from` on: how many bytes the kernel took, or NOT_YET when the socket has no room.
 * Descriptors travel with the first byte only; credentials with every part.
 */
export function attemptSend(
  fd: number,
  data: Uint8Array,
  from: number,
  { fds = NO_FDS, credentials }: SendOptions,
): number | typeof NOT_YET {
  const count = from === 0 ? fds.length : 0;
  const frame = outgoingFrame();
  for (let i = 0; i < count; i++) frame.setDescriptor(i, numberOf(fds[i] as Sendable));
  if (credentials) frame.setCredentials(credentials === true ? ownCredentials() : credentials);
  const result = frame.send(fd, data, from, count, Boolean(credentials));
  if (result >= 0) return result;
  if (result === -EAGAIN) return NOT_YET;
  throw explain(-result, from, data, count > 0 ? fds : NO_FDS, Boolean(credentials));
}

function explain(
  errno: number,
  from: number,
  data: Uint8Array,
  fds: readonly Sendable[],
  hasCredentials: boolean,
): AncillaryError {
  const after = from > 0 ? `after ${from} of ${data.length} bytes` : '';
  const closed = errno === EBADF ? fds.map(numberOf).find((fd) => !isOpen(fd)) : undefined;
  let advice = '';
  if (closed !== undefined) advice = `descriptor ${closed} is not open`;
  else if (errno === ETOOMANYREFS) {
    advice = 'too many descriptors of this user are in flight (RLIMIT_NOFILE): let receivers catch up';
  } else if (errno === EPERM) {
    advice = hasCredentials
      ? 'these credentials are not this process’s own: that needs capabilities'
      : 'the receiver refuses descriptors (SO_PASSRIGHTS)';
  }
  return systemError('sendmsg', errno, after, advice, from > 0 ? { bytesSent: from } : {});
}

/** The number, asked for at the last moment: a descriptor closed meanwhile throws instead of naming a stranger. */
function numberOf(sendable: Sendable): number {
  const fd =
    typeof sendable === 'number' ? sendable : OwnedFd.isOwnedFd(sendable) ? numberOfOwned(sendable) : sendable?.fd;
  if (!Number.isInteger(fd) || fd < 0 || fd >= 2 ** 31)
    throw invalidArgument(`${fd} is no descriptor that can be passed`);
  return fd;
}

function isCredentials(value: Credentials | null): boolean {
  return [value?.pid, value?.uid, value?.gid].every((id) => Number.isInteger(id));
}

function isOpen(fd: number): boolean {
  return native().libc.fcntl(fd, F_GETFD, 0) >= 0;
}

function ownCredentials(): Credentials {
  return { pid: process.pid, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
}
