import { AncillaryError } from '../../errors/error.js';
import { F_DUPFD_CLOEXEC, MSG_CTRUNC, MSG_TRUNC } from '../../libc/constants.js';
import { EMFILE } from '../../libc/errno.js';
import { native } from '../../libc/native.js';
import type { Credentials } from './frame.js';
import type { IncomingFrame } from './incoming-frame.js';
import type { ReceivedControl } from './message.js';

/** Whether not all of a message came. */
export function isCut({ flags, isMalformed }: IncomingFrame): boolean {
  return (flags & (MSG_CTRUNC | MSG_TRUNC)) !== 0 || isMalformed;
}

/** What is known of a message that is not whole. */
export interface Remains {
  /** The socket. */
  fd: number;
  /** Most descriptors that were asked for. */
  maxFds: number;
  /** How long the data was. */
  size: number;
  /** What came of it. */
  data: Uint8Array;
  credentials: Credentials | undefined;
  /** The control messages that came whole, besides. */
  messages: readonly ReceivedControl[];
  from: unknown;
}

/** The error for a message that is not whole; says what was lost, and why. */
export function refusal(
  frame: IncomingFrame,
  { fd, maxFds, size, data, credentials, messages, from }: Remains,
): AncillaryError {
  const { flags, count } = frame;
  let what: string;
  if ((flags & MSG_CTRUNC) === 0 && !frame.isMalformed && data.length < size) {
    what = `a record of ${size} bytes was cut to ${data.length}${whatIsClosed(count)}: raise maxData, or make into longer`;
  } else {
    // Asked while what came is still open.
    const isFull = (flags & MSG_CTRUNC) !== 0 && isAtLimit(fd);
    what = `${whatWasLost(frame)}: ${whyLost(frame, maxFds, isFull)}`;
  }
  return new AncillaryError('ERR_TRUNCATED', what, {
    syscall: 'recvmsg',
    data,
    flags,
    messages,
    ...(credentials && { credentials }),
    ...(from !== undefined && { from }),
  });
}

function whatIsClosed(count: number): string {
  return count === 0 ? '' : `, the ${count} descriptors that came with it are closed`;
}

function whatWasLost({ count, cut }: IncomingFrame): string {
  const closed = count === 0 ? 'none came through' : `the ${count} that came ${count === 1 ? 'is' : 'are'} closed`;
  if (cut === undefined) return `descriptors were lost, ${closed}`;
  const what = cut === 'next' ? 'a control message was lost' : `the control message ${cut.level}/${cut.type} was cut`;
  return count === 0 ? what : `${what}, ${closed}`;
}

function whyLost({ count, flags, cut, isMalformed }: IncomingFrame, maxFds: number, isFull: boolean): string {
  if (isMalformed) return 'the control data was malformed';
  if (isFull && count < maxFds)
    return 'this process is at its limit of open files (RLIMIT_NOFILE); close some, or raise it with ulimit -n';
  if (cut !== undefined) return 'the control messages of one receive are longer than there is room for';
  if (flags & MSG_CTRUNC && count < maxFds)
    return 'the kernel withheld them; a security module may forbid to receive them';
  return `the peer sent more than the ${maxFds} asked for; raise maxFds`;
}

/** Whether no further descriptor can be had. */
function isAtLimit(fd: number): boolean {
  const { libc } = native();
  const copy = libc.fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (copy >= 0) libc.close(copy);
  return copy < 0 && libc.errno() === EMFILE;
}
