import type { Server } from 'node:net';
import {
  AF_UNIX,
  checkBoolean,
  checkOptions,
  F_GETFL,
  getOption,
  invalidArgument,
  native,
  numberOf,
  O_NONBLOCK,
  optionNames,
  SO_ACCEPTCONN,
  SO_DOMAIN,
  SO_TYPE,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  toNetServer,
  UnixListener,
  UnixSeqpacketListener,
} from '../base.js';
import type { ListenFd } from './listen-fds.js';

/** How descriptors become listeners. */
export interface ToListenersOptions {
  /** Makes a blocking one non-blocking, which whoever else holds it sees; a manager's are non-blocking already. */
  nonblocking?: boolean | undefined;
}

const OPTIONS = optionNames<ToListenersOptions>({ nonblocking: true });

/** A socket that listens, and its name. */
export interface NamedListener {
  /** It listens already; the caller closes it. */
  listener: UnixListener | UnixSeqpacketListener | Server;
  /** As `listenFds` gave it. */
  name: string;
}

/**
 * Makes listeners of what `listenFds` gave: a UnixListener or UnixSeqpacketListener of a Unix socket, a net.Server of any
 * other. Throws `ERR_INVALID_ARGUMENT` when one of them is no socket that listens, or a blocking one: then none has been
 * taken.
 */
export function toListeners(fds: readonly ListenFd[], options?: ToListenersOptions): NamedListener[] {
  const { nonblocking } = checkOptions(options, OPTIONS, 'toListeners');
  for (const { fd, name } of fds) {
    const type = getOption(numberOf(fd), SO_TYPE);
    const isListener = getOption(numberOf(fd), SO_ACCEPTCONN) === 1 && (isUnix(fd) || type === SOCK_STREAM);
    if (!isListener) throw invalidArgument(`descriptor ${numberOf(fd)} (${name}) is no socket that listens`);
    if (!checkBoolean(nonblocking, 'nonblocking') && !isNonblocking(numberOf(fd))) {
      throw invalidArgument(
        `descriptor ${numberOf(fd)} (${name}) is a blocking listener: { nonblocking: true } makes it non-blocking, ` +
          'which whoever else holds it sees too',
      );
    }
  }
  return fds.map(({ fd, name }) => ({ listener: toListener(fd, { nonblocking }), name }));
}

function isUnix(fd: ListenFd['fd']): boolean {
  const type = getOption(numberOf(fd), SO_TYPE);
  return getOption(numberOf(fd), SO_DOMAIN) === AF_UNIX && (type === SOCK_STREAM || type === SOCK_SEQPACKET);
}

function isNonblocking(fd: number): boolean {
  return (native().libc.fcntl(fd, F_GETFL, 0) & O_NONBLOCK) !== 0;
}

function toListener(fd: ListenFd['fd'], options: ToListenersOptions): NamedListener['listener'] {
  if (!isUnix(fd)) return toNetServer(fd, options);
  if (getOption(numberOf(fd), SO_TYPE) === SOCK_STREAM) return UnixListener.adopt(fd, options);
  return UnixSeqpacketListener.adopt(fd, options);
}
