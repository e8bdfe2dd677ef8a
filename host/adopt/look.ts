import { constants } from 'node:fs';
import { type FdKind, kindOf } from '../fd/kind.js';
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  F_GETFL,
  IPPROTO_MPTCP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  O_ACCMODE,
  O_PATH,
  SO_ACCEPTCONN,
  SO_DOMAIN,
  SO_PROTOCOL,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from '../libc/constants.js';
import { native } from '../libc/native.js';
import { getOption } from '../socket/options/socket-options.js';

/** What decides which function takes a descriptor: its kind, and of a socket what it can do. */
export type Sort = Exclude<FdKind, 'socket'> | SocketSort;

/** `no Node socket`: one of a family or type that Node has nothing for. */
type SocketSort = 'connection' | 'listener' | 'UDP socket' | 'unconnected socket' | 'no Node socket';

/** What a descriptor is. */
export interface Look {
  readonly sort: Sort;
  /** For a sentence: `a listening TCP socket`. */
  readonly name: string;
  /** AF_*, of a socket. */
  readonly family: number | undefined;
  /** O_RDONLY, O_WRONLY or O_RDWR; undefined where it can neither be read nor written (O_PATH). */
  readonly access: number | undefined;
  readonly isNonblocking: boolean;
}

/** Looks at what the descriptor `fd` is, without changing anything; `EBADF` where it is not open. */
export function lookAt(fd: number): Look {
  const kind = kindOf(fd);
  const flags = native().libc.fcntl(fd, F_GETFL, 0);
  const shared = {
    access: flags & O_PATH ? undefined : flags & O_ACCMODE,
    isNonblocking: (flags & constants.O_NONBLOCK) !== 0,
  };
  // An O_PATH descriptor of a socket file is of the file: nothing can be asked of the socket.
  if (kind === 'socket' && shared.access !== undefined) return { ...lookAtSocket(fd), ...shared };
  if (kind === 'socket')
    return { sort: 'no Node socket', name: 'a socket file opened with O_PATH', family: undefined, ...shared };
  return { sort: kind, name: nameOf(kind, shared.access), family: undefined, ...shared };
}

function nameOf(kind: Sort, access: number | undefined): string {
  if (access === undefined) return `${withArticle(kind)} opened with O_PATH`;
  if (kind === 'pipe' && access !== constants.O_RDWR) {
    return access === constants.O_RDONLY ? 'the read end of a pipe' : 'the write end of a pipe';
  }
  const only = access === constants.O_RDONLY ? 'reading' : 'writing';
  return access === constants.O_RDWR || !ONE_WAY.includes(kind)
    ? withArticle(kind)
    : `${withArticle(kind)} open for ${only} only`;
}

/** Kinds of which it matters what they are open for. */
const ONE_WAY: readonly Sort[] = ['file', 'memfd', 'character device', 'block device', 'tty'];

function withArticle(kind: string): string {
  return `${'aei'.includes(kind.charAt(0)) ? 'an' : 'a'} ${kind}`;
}

/** Protocols of stream sockets that Node takes for TCP. */
const TCP = [IPPROTO_TCP, IPPROTO_MPTCP];
const TYPES: Partial<Record<number, string>> = {
  [SOCK_STREAM]: 'stream',
  [SOCK_DGRAM]: 'datagram',
  [SOCK_SEQPACKET]: 'seqpacket',
};

function lookAtSocket(fd: number): Pick<Look, 'sort' | 'name' | 'family'> {
  const family = getOption(fd, SO_DOMAIN);
  const type = getOption(fd, SO_TYPE) ?? 0;
  const protocol = getOption(fd, SO_PROTOCOL) ?? 0;
  const isInternet = family === AF_INET || family === AF_INET6;
  if (isInternet && type === SOCK_DGRAM && protocol === IPPROTO_UDP) {
    return { sort: 'UDP socket', name: 'a UDP socket', family };
  }
  const isTcp = isInternet && type === SOCK_STREAM && TCP.includes(protocol);
  if (!isTcp && !(family === AF_UNIX && type === SOCK_STREAM)) {
    const of = family === AF_UNIX ? 'Unix' : isInternet ? 'Internet' : `family-${family}`;
    return { sort: 'no Node socket', name: `${withArticle(`${of} ${TYPES[type] ?? `type-${type}`}`)} socket`, family };
  }
  const what = isTcp ? 'TCP socket' : 'Unix stream socket';
  if (getOption(fd, SO_ACCEPTCONN) === 1) return { sort: 'listener', name: `a listening ${what}`, family };
  if (isConnected(fd)) return { sort: 'connection', name: `a connected ${what}`, family };
  return { sort: 'unconnected socket', name: `${withArticle('unconnected')} ${what}`, family };
}

/** Whether it has a peer: one that has closed counts, until the connection is reset. */
export function isConnected(fd: number): boolean {
  const { libc, codec, base, scratch } = native();
  // No room for the address: nobody asks for it.
  codec.view.setInt32(scratch, 0, true);
  return libc.getpeername(fd, base + scratch + 4, base + scratch) === 0;
}
