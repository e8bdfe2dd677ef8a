import { AncillaryError, invalidArgument } from '../errors/error.js';
import { closeNumbers } from '../fd/close-all.js';
import type { Origin } from '../fd/leaks.js';
import { OwnedFd } from '../fd/owned-fd.js';
import { F_DUPFD_CLOEXEC, MSG_CTRUNC, SCM_MAX_FD } from '../libc/constants.js';
import { EAGAIN, systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import { NOT_YET, type WaitOptions } from '../reactor/wait.js';
import { type Credentials, descriptorAt, type Incoming, receiveMessage, takeData } from './frame.js';

export interface ReceiveOptions extends WaitOptions {
  /** Most bytes of data to take; default 65536, and never more than 262144 at once. */
  maxData?: number;
  /** Most descriptors to accept in one message, up to 253; default 0. More than that is an error. */
  maxFds?: number;
}

/** A message as it came. */
export interface Message {
  /** The data; empty when the peer has closed. */
  data: Buffer;
  /** The descriptors that came with it, now the caller's to close. Close-on-exec is set on each. */
  fds: OwnedFd[];
  /** Who sent it; only on sockets made with `credentials: true`. */
  credentials?: Credentials;
  /** msg_flags as the kernel returned them. */
  flags: number;
}

/** Checked options. */
export interface Room {
  maxData: number;
  maxFds: number;
}

export function roomOf({ maxData = 65536, maxFds = 0 }: ReceiveOptions): Room {
  if (!Number.isInteger(maxData) || maxData < 1) throw invalidArgument('maxData must be an integer of at least 1');
  if (!Number.isInteger(maxFds) || maxFds < 0 || maxFds > SCM_MAX_FD) {
    throw invalidArgument(`maxFds must be an integer from 0 to ${SCM_MAX_FD}, the most that Linux passes at once`);
  }
  return { maxData, maxFds };
}

/** One recvmsg: a message, or NOT_YET when there is none. `origin` says where its descriptors came from. */
export function attemptReceive(
  fd: number,
  { maxData, maxFds }: Room,
  credentials: boolean,
  origin: () => Origin,
): Message | typeof NOT_YET {
  const incoming = receiveMessage(fd, maxData, maxFds, credentials);
  if (incoming.bytes < 0) {
    if (incoming.bytes === -EAGAIN) return NOT_YET;
    throw systemError('recvmsg', -incoming.bytes, `on descriptor ${fd}`);
  }
  const { count, flags } = incoming;
  if (flags & MSG_CTRUNC || count > maxFds || incoming.malformed || incoming.pidfd >= 0) refuse(incoming, maxFds);
  const data = takeData(incoming.bytes);
  const fds: OwnedFd[] = [];
  if (count > 0) {
    const from = origin();
    for (let i = 0; i < count; i++) fds.push(new OwnedFd(descriptorAt(i), from));
  }
  const message: Message = { data, fds, flags };
  // At the end of a stream the kernel states pid 0, uid 0, gid 0 (net/unix/af_unix.c): nobody said that.
  if (incoming.credentials && incoming.bytes > 0) message.credentials = incoming.credentials;
  return message;
}

/** Closes whatever came with a message that is not what was asked for, and says what was lost; or only the former. */
function refuse(incoming: Incoming, maxFds: number): void {
  const { count, flags, pidfd, malformed } = incoming;
  const atLimit = flags & MSG_CTRUNC && count < maxFds ? isAtLimit() : false;
  const numbers = Array.from({ length: count }, (_, i) => descriptorAt(i));
  if (pidfd >= 0) numbers.push(pidfd);
  const isTruncated = flags & MSG_CTRUNC || count > maxFds || malformed;
  if (!isTruncated) {
    // A pidfd that nobody asked for, from a socket option set elsewhere: not the caller's business, but closed.
    closeNumbers([pidfd]);
    return;
  }
  closeNumbers(numbers);
  const closed = count === 0 ? 'none came through' : `${count} came and ${count === 1 ? 'was' : 'were'} closed`;
  let reason = `the peer sent more than the ${maxFds} descriptors asked for; raise maxFds`;
  if (malformed) reason = 'the control data was malformed';
  else if (atLimit) {
    reason = 'this process is at its limit of open files (RLIMIT_NOFILE); close some, or raise it with ulimit -n';
  } else if (count < maxFds) {
    reason = 'the kernel withheld them (a security module, or bytes of another kind of control message)';
  }
  const data = takeData(incoming.bytes);
  throw new AncillaryError('ERR_TRUNCATED', `descriptors were lost, ${closed}: ${reason}`, {
    syscall: 'recvmsg',
    data,
    flags,
  });
}

/** Whether no further descriptor can be had. */
function isAtLimit(): boolean {
  const { libc } = native();
  const copy = libc.fcntl(0, F_DUPFD_CLOEXEC, 0);
  if (copy >= 0) libc.close(copy);
  return copy < 0;
}
