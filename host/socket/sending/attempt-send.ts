import { byteLengthOf } from '../../check/bytes.js';
import type { AncillaryError } from '../../errors/error.js';
import { OwnedFd } from '../../fd/owned-fd.js';
import { numberOfSendable, type Sendable } from '../../fd/sendable.js';
import { F_GETFD } from '../../libc/constants.js';
import {
  EAGAIN,
  EBADF,
  ECONNREFUSED,
  EDESTADDRREQ,
  EINVAL,
  EISCONN,
  EMSGSIZE,
  ENOENT,
  ENOTCONN,
  EPERM,
  EPROTOTYPE,
  ETOOMANYREFS,
  systemError,
} from '../../libc/errno.js';
import { native } from '../../libc/native.js';
import { NOT_YET } from '../../reactor/wait.js';
import { checkPresent, type Outgoing, partsFrom } from '../frame/data.js';
import { outgoingFrame } from '../frame/outgoing-frame.js';

/** No descriptors. */
export const NO_FDS: readonly Sendable[] = [];

/**
 * One sendmsg from offset `from` on: how many bytes the kernel took, or NOT_YET when the socket has no room.
 * Descriptors and further control messages travel with the first byte only; credentials with every part.
 */
export function attemptSend(fd: number, message: Outgoing, from: number): number | typeof NOT_YET {
  const { bytes, parts, start, size, credentials, to } = message;
  const fds = from === 0 ? withoutGetters(message.fds) : NO_FDS;
  const frame = outgoingFrame();
  const count = fds.length;
  if (count > 0 && fds !== message.fds) checkPresent(message, from);
  for (let i = 0; i < count; i++) frame.setDescriptor(i, numberOfSendable(fds[i] as Sendable));
  if (credentials) frame.setCredentials(credentials);
  frame.setName(to?.bytes);
  const controllen = frame.encodeControl(count, credentials !== undefined, from === 0 ? message.control : undefined);
  const result = parts
    ? frame.sendParts(fd, partsFrom(parts, from), controllen)
    : frame.send(fd, bytes, from - start, Math.min(size - start, byteLengthOf(bytes)), controllen);
  if (result >= 0) return result;
  if (result === -EAGAIN) return NOT_YET;
  throw sendError('sendmsg', -result, from, message, fds);
}

/**
 * The list, with the numbers of objects that are not our own asked for: their `fd` may be a getter that sends something
 * else, which must not happen while a message is being written.
 */
export function withoutGetters(fds: readonly Sendable[]): readonly Sendable[] {
  for (const fd of fds) if (typeof fd !== 'number' && !OwnedFd.isOwnedFd(fd)) return fds.map(numberOrOwned);
  return fds;
}

function numberOrOwned(fd: Sendable): number | OwnedFd {
  return OwnedFd.isOwnedFd(fd) ? fd : numberOfSendable(fd);
}

/** The error for a message that the kernel refused, of which it had taken `from` bytes. */
export function sendError(
  syscall: string,
  errno: number,
  from: number,
  message: Outgoing,
  fds: readonly Sendable[],
): AncillaryError {
  const { to, size } = message;
  const after = from > 0 ? `after ${from} of ${size} bytes` : to ? `to ${to.label}` : '';
  return systemError(syscall, errno, after, adviceFor(errno, message, fds), from > 0 ? { bytesSent: from } : {});
}

function adviceFor(errno: number, message: Outgoing, fds: readonly Sendable[]): string {
  return message.isUnix ? unixAdvice(errno, message, fds) : inetAdvice(errno, message);
}

function inetAdvice(errno: number, { to, size, control }: Outgoing): string {
  switch (errno) {
    case EMSGSIZE:
      return control
        ? `${size} bytes are more than one datagram takes, or more segments than the kernel cuts`
        : `a datagram of ${size} bytes is more than goes at once: IPv4 carries 65507, IPv6 65527`;
    case EDESTADDRREQ:
      return 'the socket is connected to nobody: say whom it goes to with { to }';
    case ECONNREFUSED:
      return to ? 'of something sent before: nobody is bound there' : 'nobody is bound there';
    case EPERM:
      return 'a firewall of this machine refuses it';
    case EINVAL:
      return control ? 'one of its control messages is not valid here' : '';
    default:
      return '';
  }
}

function unixAdvice(errno: number, { to, size, credentials }: Outgoing, fds: readonly Sendable[]): string {
  switch (errno) {
    case EBADF: {
      const closed = fds.map(numberOfSendable).find((fd) => !isOpen(fd));
      return closed === undefined ? '' : `descriptor ${closed} is not open`;
    }
    case ETOOMANYREFS:
      return 'too many descriptors of this user are in flight (RLIMIT_NOFILE): let receivers catch up';
    case EPERM:
      if (to) return 'its socket is connected to another and takes nothing of anybody else, or refuses descriptors';
      return credentials
        ? 'these credentials are not this process’s own: that needs capabilities'
        : 'the receiver refuses descriptors (SO_PASSRIGHTS)';
    case EMSGSIZE:
      return `a record of ${size} bytes is more than the socket takes at once: send less, or raise SO_SNDBUF`;
    case EDESTADDRREQ:
    case ENOTCONN:
      return 'the socket is connected to nobody: say whom it goes to with { to }';
    case EISCONN:
      return 'the socket is connected already: leave { to } out';
    case ECONNREFUSED:
    case ENOENT:
      return to ? 'nobody is bound there' : 'the peer is gone';
    case EPROTOTYPE:
      return 'a socket of another type is bound there';
    default:
      return '';
  }
}

function isOpen(fd: number): boolean {
  return native().libc.fcntl(fd, F_GETFD, 0) >= 0;
}
