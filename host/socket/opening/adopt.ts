import { show } from '../../check/show.js';
import { INT_MAX } from '../../check/values.js';
import { type AncillaryError, invalidArgument } from '../../errors/error.js';
import { adoptFd, openNumber } from '../../fd/adopt-fd.js';
import { kindOf } from '../../fd/kind.js';
import { originOf } from '../../fd/origin.js';
import { OwnedFd } from '../../fd/owned-fd.js';
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  F_GETFL,
  F_SETFL,
  O_NONBLOCK,
  SO_ACCEPTCONN,
  SO_DOMAIN,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from '../../libc/constants.js';
import { ENOTCONN, systemError } from '../../libc/errno.js';
import { native } from '../../libc/native.js';
import { reserveStack } from '../../runtime/stack.js';
import { NAME_ROOM } from '../frame/frame.js';
import type { Nature } from '../options/nature.js';
import { getOption } from '../options/socket-options.js';

/** A descriptor that becomes a socket of the library: a number, which nobody else may close from then on, or an OwnedFd. */
export type Adoptable = number | OwnedFd;

/**
 * Makes a socket of a descriptor that is somebody else's so far: it is looked at first, and stays his when it is not
 * what is wanted. `make` takes the owner; `caller` is the public function.
 */
export function adoptSocket<T>(
  given: Adoptable,
  nature: Nature,
  isListener: boolean,
  prepare: (fd: number) => void,
  make: (fd: OwnedFd, label: string) => T,
  caller: (...args: never[]) => unknown,
): T {
  const fd = openNumber(checkAdoptable(given));
  checkKind(fd, nature, isListener);
  if (!isListener && nature.hasEnd) checkConnected(fd, nature);
  reserveStack('plenty');
  // What the kernel refuses it refuses here, while nothing has been taken.
  prepare(fd);
  const label = `adopted ${nature.noun} socket ${fd}`;
  const owned = adoptFd(given, originOf(`adopted as ${nature.name}`, caller));
  try {
    return make(owned, label);
  } catch (error) {
    // It has been asked for everything before; this is for want of memory or stack.
    owned[Symbol.dispose]();
    throw error;
  }
}

/** An option of the socket that is to be adopted, to choose what it becomes; undefined where it is no socket. */
export function optionOf(given: Adoptable, option: number): number | undefined {
  return getOption(openNumber(checkAdoptable(given)), option);
}

function checkAdoptable(given: unknown): Adoptable {
  if (OwnedFd.isOwnedFd(given)) return given;
  if (Number.isInteger(given) && (given as number) >= 0 && (given as number) <= INT_MAX) return given as number;
  throw invalidArgument(`only the number of a descriptor or an OwnedFd can be adopted, not ${show(given)}`);
}

function checkKind(fd: number, nature: Nature, isListener: boolean): void {
  const domain = getOption(fd, SO_DOMAIN);
  const type = getOption(fd, SO_TYPE);
  if (domain === undefined || type === undefined) throw wrong(fd, describeFile(fd), nature, isListener);
  const listens = getOption(fd, SO_ACCEPTCONN) === 1;
  if (domain === nature.domain && type === nature.type && listens === isListener) return;
  throw wrong(fd, describeSocket(domain, type, listens), nature, isListener);
}

function wrong(fd: number, what: string, { name }: Nature, isListener: boolean): AncillaryError {
  const wanted = isListener ? `what a ${name} is accepted from` : `what a ${name} is made of`;
  return invalidArgument(`descriptor ${fd} is ${what}, not ${wanted}`);
}

const DOMAINS: Record<number, string> = { [AF_UNIX]: 'Unix', [AF_INET]: 'IPv4', [AF_INET6]: 'IPv6' };
const TYPES: Record<number, string> = {
  [SOCK_STREAM]: 'stream',
  [SOCK_DGRAM]: 'datagram',
  [SOCK_SEQPACKET]: 'seqpacket',
};

/** What a socket is, in a sentence, with the function that takes it where there is one. */
function describeSocket(domain: number, type: number, listens: boolean): string {
  const kind = `${DOMAINS[domain] ?? `address family ${domain}`} ${TYPES[type] ?? `type ${type}`} socket`;
  const state = listens ? `a listening ${kind}` : domain === AF_UNIX ? `a ${kind}` : `an ${kind}`;
  const by = takerOf(domain, type, listens);
  return by ? `${state} (${by} takes it)` : state;
}

function takerOf(domain: number, type: number, listens: boolean): string | undefined {
  if (domain === AF_INET || domain === AF_INET6) return type === SOCK_DGRAM ? 'UdpSocket.adopt' : undefined;
  if (domain !== AF_UNIX) return undefined;
  if (listens) return type === SOCK_STREAM ? 'UnixListener.adopt' : 'UnixSeqpacketListener.adopt';
  if (type === SOCK_STREAM) return 'UnixStream.adopt';
  return type === SOCK_SEQPACKET ? 'UnixSeqpacket.adopt' : 'UnixDatagram.adopt';
}

/** What it is that is no socket. */
function describeFile(fd: number): string {
  const kind = kindOf(fd);
  return 'aei'.includes(kind.charAt(0)) ? `an ${kind}` : `a ${kind}`;
}

function checkConnected(fd: number, { noun }: Nature): void {
  const { libc, codec, base } = native();
  const errno = codec.arena.lend(NAME_ROOM + 4, (at) => {
    codec.view.setUint32(at + NAME_ROOM, NAME_ROOM, true);
    return libc.getpeername(fd, base + at, base + at + NAME_ROOM) < 0 ? libc.errno() : 0;
  });
  if (errno === 0) return;
  const advice = errno === ENOTCONN ? `a ${noun} socket must be connected before it is adopted` : '';
  throw systemError('getpeername', errno, `of descriptor ${fd}`, advice);
}

/**
 * A listener must be non-blocking: accept4(2) has no flag of its own for that, and another process that shares the
 * listener may take a connection between our look and our call, which would then stop this thread.
 */
export function makeListenerNonblocking(fd: number, isTold: boolean): void {
  const { libc } = native();
  const flags = libc.fcntl(fd, F_GETFL, 0);
  if (flags < 0) throw systemError('fcntl', libc.errno(), 'F_GETFL');
  if (flags & O_NONBLOCK) return;
  if (!isTold) {
    throw invalidArgument(
      `descriptor ${fd} is a blocking listener: adopt it with { nonblocking: true }, ` +
        'which everybody else who holds it will see (accept gives them EAGAIN)',
    );
  }
  if (libc.fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) throw systemError('fcntl', libc.errno(), 'F_SETFL');
}
