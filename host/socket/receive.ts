import { AncillaryError, invalidArgument } from '../errors/error.js';
import { type Origin, originOf } from '../fd/origin.js';
import { type OwnedFd, ownFd } from '../fd/owned-fd.js';
import { F_DUPFD_CLOEXEC, MSG_CTRUNC, SCM_MAX_FD } from '../libc/constants.js';
import { EAGAIN, EMFILE, systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import { NOT_YET, type WaitOptions } from '../reactor/wait.js';
import { type Credentials, type IncomingFrame, incomingFrame, publishReceived } from './frame.js';

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

/**
 * One recvmsg: a message, or NOT_YET when there is none. `origin` says where its descriptors come from; a sentence is
 * given the stack of whoever called `api`.
 */
export function attemptReceive(
  fd: number,
  { maxData, maxFds }: Room,
  wantsCredentials: boolean,
  origin: Origin,
  api?: (...args: never[]) => unknown,
): Message | typeof NOT_YET {
  const frame = incomingFrame();
  const bytes = frame.receive(fd, maxData, maxFds, wantsCredentials);
  if (bytes < 0) {
    if (bytes === -EAGAIN) return NOT_YET;
    throw systemError('recvmsg', -bytes, `on descriptor ${fd}`);
  }
  const trace = frame.traceOf(fd, bytes);
  const { count, flags } = frame;
  if (flags & MSG_CTRUNC || count > maxFds || frame.isMalformed) throw refuse(fd, frame, bytes, maxFds);
  // From a socket option that was set elsewhere; nobody asked for it.
  if (frame.pidfd >= 0) native().libc.close(frame.pidfd);
  const fds = new Array<OwnedFd>(count);
  if (count > 0) {
    const from = api && typeof origin === 'string' ? originOf(origin, api) : origin;
    for (let i = 0; i < count; i++) fds[i] = ownFd(frame.descriptor(i), from);
  }
  const message: Message = { data: frame.copyData(bytes), fds, flags };
  // At the end of a stream the kernel states pid 0, uid 0, gid 0 (net/unix/af_unix.c): nobody said that.
  if (wantsCredentials && bytes > 0) {
    const { credentials } = frame;
    // Pid 0 is nobody either: sent before the kernel was asked to state the sender.
    if (credentials && credentials.pid !== 0) message.credentials = credentials;
  }
  if (trace) publishReceived(trace);
  return message;
}

/** Closes all that came with a message whose control data is not whole, and says what was lost. */
function refuse(fd: number, frame: IncomingFrame, bytes: number, maxFds: number): AncillaryError {
  const { count, flags, pidfd, credentials } = frame;
  const data = frame.copyData(bytes);
  // Asked before anything is closed.
  const atLimit = count < maxFds && isAtLimit(fd);
  const numbers = Array.from({ length: count }, (_, i) => frame.descriptor(i));
  if (pidfd >= 0) numbers.push(pidfd);
  // Whatever closing them says, the loss is what the caller must hear of.
  const { libc } = native();
  for (const number of numbers) libc.close(number);
  let reason = `the peer sent more than the ${maxFds} asked for; raise maxFds`;
  if (frame.isMalformed) reason = 'the control data was malformed';
  else if (atLimit) {
    reason = 'this process is at its limit of open files (RLIMIT_NOFILE); close some, or raise it with ulimit -n';
  } else if (count < maxFds) {
    reason = 'the kernel withheld them; a security module may forbid to receive them';
  }
  const came = count === 0 ? 'none came through' : `the ${count} that came ${count === 1 ? 'was' : 'were'} closed`;
  return new AncillaryError('ERR_TRUNCATED', `descriptors were lost, ${came}: ${reason}`, {
    syscall: 'recvmsg',
    data,
    flags,
    ...(credentials && { credentials }),
  });
}

/** Whether no further descriptor can be had. */
function isAtLimit(fd: number): boolean {
  const { libc } = native();
  const copy = libc.fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (copy >= 0) libc.close(copy);
  return copy < 0 && libc.errno() === EMFILE;
}
