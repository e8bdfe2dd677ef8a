import { Buffer } from 'node:buffer';
import { byteLengthOf, isBytes } from '../check/bytes.js';
import { checkOptions, hasOnly, optionNames } from '../check/options.js';
import { show } from '../check/show.js';
import { checkBoolean, checkInteger, ID_MAX, INT_MAX } from '../check/values.js';
import { AncillaryError, invalidArgument } from '../errors/error.js';
import { numberOf, OwnedFd } from '../fd/owned-fd.js';
import { F_GETFD, SCM_MAX_FD } from '../libc/constants.js';
import { EAGAIN, EBADF, EPERM, ETOOMANYREFS, systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import type { WaitOptions } from '../reactor/limit.js';
import { NOT_YET } from '../reactor/wait.js';
import type { Credentials } from './frame.js';
import { outgoingFrame } from './outgoing-frame.js';

/** Anything that has a descriptor: an OwnedFd, a number, a FileHandle of node:fs/promises. */
export type Sendable = OwnedFd | number | { readonly fd: number };

export interface SendSyncOptions {
  /** Descriptors to pass, 253 at most. They stay open here, unless given away: the receiver gets duplicates. */
  fds?: readonly Sendable[] | undefined;
  /** Gives the descriptors away, numbers and OwnedFds: they are closed here once the kernel has them. */
  transfer?: boolean | undefined;
  /** Credentials to state: `true` for this process's own; others need capabilities. */
  credentials?: boolean | Credentials | undefined;
  /** Goes on where a send was interrupted: `data` is the rest of what that one had. */
  resume?: boolean | undefined;
}

export interface SendOptions extends SendSyncOptions, WaitOptions {}

const SEND_SYNC_OPTIONS = optionNames<SendSyncOptions>({ fds: true, transfer: true, credentials: true, resume: true });
const SEND_OPTIONS = optionNames<SendOptions>({
  fds: true,
  transfer: true,
  credentials: true,
  resume: true,
  signal: true,
  timeout: true,
});

const CREDENTIALS = optionNames<Credentials>({ pid: true, uid: true, gid: true });

/** A message to be sent, checked. */
export interface Outgoing {
  /** The data from its byte `start` on. */
  bytes: Uint8Array;
  start: number;
  /** Bytes of data in all, when it was given: they may be taken away meanwhile. */
  size: number;
  fds: readonly Sendable[];
  credentials: Credentials | undefined;
  transfer: boolean;
  resume: boolean;
}

const NO_FDS: readonly Sendable[] = [];
const NO_OPTIONS: SendOptions = {};

/** Checks a message; refuses what Linux would lose in silence, and what cannot be meant. `api`: send or sendSync. */
export function checkMessage(data: Uint8Array | string, options: SendOptions | undefined, api: string): Outgoing {
  const names = api === 'send' ? SEND_OPTIONS : SEND_SYNC_OPTIONS;
  if (options !== undefined && !isOnlyFds(options)) checkOptions(options, names, api);
  // Each is asked for once.
  const { fds = NO_FDS, transfer, credentials, resume } = options ?? NO_OPTIONS;
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  if (!isBytes(bytes)) throw invalidArgument(`data must be a string or a Uint8Array, not ${show(data)}`);
  if (fds !== NO_FDS) checkFds(fds);
  const size = byteLengthOf(bytes);
  if (size === 0) {
    throw invalidArgument(
      fds.length > 0
        ? 'descriptors with no data: on a stream Linux would drop them unseen; send at least one byte with them'
        : 'no data: a stream carries no empty message; send at least one byte',
    );
  }
  const isResume = checkBoolean(resume, 'resume');
  if (isResume && fds.length > 0) {
    throw invalidArgument('the descriptors of an interrupted send went with its first byte: resume without fds');
  }
  const isTransfer = checkBoolean(transfer, 'transfer');
  if (isTransfer) checkTransfer(fds);
  return {
    bytes,
    start: 0,
    size,
    fds,
    credentials: checkCredentials(credentials),
    transfer: isTransfer,
    resume: isResume,
  };
}

/** Whether there is a list of descriptors and nothing else: right at first sight. */
function isOnlyFds(options: SendOptions | null): boolean {
  return options !== null && typeof options === 'object' && hasOnly(options, 'fds', 'fds');
}

function checkFds(fds: readonly Sendable[]): void {
  if (!Array.isArray(fds)) throw invalidArgument(`fds must be an array of descriptors, not ${show(fds)}`);
  if (fds.length > SCM_MAX_FD) {
    throw invalidArgument(
      `${fds.length} descriptors; Linux passes at most ${SCM_MAX_FD} in one message: use several messages`,
    );
  }
}

function checkTransfer(fds: readonly Sendable[]): void {
  const other = fds.find((fd) => typeof fd !== 'number' && !OwnedFd.isOwnedFd(fd));
  if (other === undefined) return;
  throw invalidArgument(
    `only numbers and OwnedFds can be given away, not ${show(other)}: close that itself once it is sent`,
  );
}

function checkCredentials(credentials: SendOptions['credentials']): Credentials | undefined {
  if (credentials === undefined || credentials === false) return undefined;
  if (credentials === true) return ownCredentials();
  if (typeof credentials !== 'object' || credentials === null) {
    throw invalidArgument(`credentials must be true, or pid, uid and gid, not ${show(credentials)}`);
  }
  const { pid, uid, gid } = checkOptions(credentials, CREDENTIALS, 'credentials');
  checkInteger(pid, 'credentials.pid', 0, INT_MAX);
  checkInteger(uid, 'credentials.uid', 0, ID_MAX);
  checkInteger(gid, 'credentials.gid', 0, ID_MAX);
  return { pid, uid, gid };
}

/**
 * One sendmsg from offset `from` on: how many bytes the kernel took, or NOT_YET when the socket has no room.
 * Descriptors travel with the first byte only; credentials with every part.
 */
export function attemptSend(fd: number, message: Outgoing, from: number): number | typeof NOT_YET {
  const { bytes, start, size, credentials } = message;
  const fds = from === 0 ? withoutGetters(message.fds) : NO_FDS;
  const frame = outgoingFrame();
  const count = fds.length;
  if (count > 0 && fds !== message.fds && byteLengthOf(bytes) < size - start) throw dataGone(from, size);
  for (let i = 0; i < count; i++) frame.setDescriptor(i, numberOfSendable(fds[i] as Sendable));
  if (credentials) frame.setCredentials(credentials);
  const result = frame.send(fd, bytes, from - start, size - start, count, credentials !== undefined);
  if (result >= 0) return result;
  if (result === -EAGAIN) return NOT_YET;
  throw explain(-result, from, message, fds);
}

/** The error for data that has been taken away: ERR_DATA_GONE. */
export function dataGone(taken: number, size: number): AncillaryError {
  return new AncillaryError(
    'ERR_DATA_GONE',
    `the data of a send was gone after ${taken} of ${size} bytes: ` +
      'leave a buffer alone, neither transferred nor made smaller, until its send is over',
    { bytesSent: taken },
  );
}

/**
 * The list, with the numbers of objects that are not our own asked for: their `fd` may be a getter that sends something
 * else, which must not happen while a message is being written.
 */
function withoutGetters(fds: readonly Sendable[]): readonly Sendable[] {
  for (const fd of fds) if (typeof fd !== 'number' && !OwnedFd.isOwnedFd(fd)) return fds.map(numberOrOwned);
  return fds;
}

function numberOrOwned(fd: Sendable): number | OwnedFd {
  return OwnedFd.isOwnedFd(fd) ? fd : numberOfSendable(fd);
}

function explain(errno: number, from: number, message: Outgoing, fds: readonly Sendable[]): AncillaryError {
  const after = from > 0 ? `after ${from} of ${message.size} bytes` : '';
  const closed = errno === EBADF ? fds.map(numberOfSendable).find((fd) => !isOpen(fd)) : undefined;
  let advice = '';
  if (closed !== undefined) advice = `descriptor ${closed} is not open`;
  else if (errno === ETOOMANYREFS) {
    advice = 'too many descriptors of this user are in flight (RLIMIT_NOFILE): let receivers catch up';
  } else if (errno === EPERM) {
    advice = message.credentials
      ? 'these credentials are not this process’s own: that needs capabilities'
      : 'the receiver refuses descriptors (SO_PASSRIGHTS)';
  }
  return systemError('sendmsg', errno, after, advice, from > 0 ? { bytesSent: from } : {});
}

/** The number, asked for at the last moment: a descriptor closed meanwhile throws instead of naming a stranger. */
export function numberOfSendable(sendable: Sendable): number {
  if (OwnedFd.isOwnedFd(sendable)) return numberOf(sendable);
  const fd: unknown = typeof sendable === 'number' ? sendable : (sendable as { fd: number } | null | undefined)?.fd;
  if (Number.isInteger(fd) && (fd as number) >= 0 && (fd as number) <= INT_MAX) return fd as number;
  throw invalidArgument(`${show(fd === undefined ? sendable : fd)} is no descriptor that can be passed`);
}

function isOpen(fd: number): boolean {
  return native().libc.fcntl(fd, F_GETFD, 0) >= 0;
}

function ownCredentials(): Credentials {
  return { pid: process.pid, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
}
