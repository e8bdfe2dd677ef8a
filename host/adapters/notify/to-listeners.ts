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
  OwnedFd,
  optionNames,
  SO_ACCEPTCONN,
  SO_DOMAIN,
  SO_TYPE,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  show,
  toNetServer,
  UnixListener,
  UnixSeqpacketListener,
} from '../base.js';
import type { ListenFd } from './listen-fds.js';

/** How descriptors become listeners. */
export interface ToListenersOptions {
  /**
   * Makes a blocking one non-blocking, which whoever else holds it sees. systemd passes blocking ones unless the unit says
   * NonBlocking=yes, and so does systemd-socket-activate; neither minds, as neither takes a connection of them itself.
   */
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
  const mayChange = checkBoolean(nonblocking, 'nonblocking');
  if (!Array.isArray(fds)) throw invalidArgument(`toListeners takes the list that listenFds gives, not ${show(fds)}`);
  const list = Array.from(fds, checkEntry);
  if (new Set(list.map(({ fd }) => fd)).size < list.length) {
    throw invalidArgument('toListeners: one descriptor is in the list twice, and can be one listener only');
  }
  for (const { fd, name } of list) {
    const type = getOption(numberOf(fd), SO_TYPE);
    const isListener = getOption(numberOf(fd), SO_ACCEPTCONN) === 1 && (isUnix(fd) || type === SOCK_STREAM);
    if (!isListener) throw invalidArgument(`descriptor ${numberOf(fd)} (${name}) is no socket that listens`);
    if (!mayChange && !isNonblocking(numberOf(fd))) {
      throw invalidArgument(
        `descriptor ${numberOf(fd)} (${name}) is a blocking listener: { nonblocking: true } makes it non-blocking, ` +
          'which whoever else holds it sees too',
      );
    }
  }
  return list.map(({ fd, name }) => ({ listener: toListener(fd, { nonblocking }), name }));
}

/** What the caller gave may change in our hands: it is asked once. */
function checkEntry(given: unknown, i: number): ListenFd {
  const { fd, name } = (given ?? {}) as Partial<ListenFd>;
  if (OwnedFd.isOwnedFd(fd) && typeof name === 'string') return { fd, name };
  throw invalidArgument(`fds[${i}] must be one of what listenFds gives, { fd, name }, not ${show(given)}`);
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
