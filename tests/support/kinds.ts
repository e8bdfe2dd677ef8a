/** One descriptor of every kind that can be made here, for tables of what may be done with which. */
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventfd, fromNetSocket, memfd, OwnedFd, openPty, pidfd, pipe, UnixListener } from 'ancillary';
import { AF_INET, AF_INET6, AF_UNIX, O_PATH } from '../../host/libc/constants.js';
import { native } from '../../host/libc/native.js';

const AF_NETLINK = 16;
const [STREAM, DATAGRAM, RAW, SEQPACKET] = [1, 2, 3, 5];

const adopt = OwnedFd.adopt;
const opened = (path: string, flags: number | string) => adopt(openSync(path, flags));

/** A socket that nothing has been done with. */
export function bare(family: number, type: number, protocol = 0): OwnedFd {
  const fd = native().libc.socket(family, type, protocol);
  if (fd < 0) throw new Error(`socket: errno ${native().libc.errno()}`);
  return adopt(fd);
}

/** Two connected sockets of the Unix family: the number of one, and what closes the other. */
export function pairOf(type: number): [OwnedFd, OwnedFd] {
  const { libc, codec, base, scratch } = native();
  if (libc.socketpair(AF_UNIX, type, 0, base + scratch) < 0) throw new Error(`socketpair: errno ${libc.errno()}`);
  const numbers = [codec.view.getInt32(scratch, true), codec.view.getInt32(scratch + 4, true)] as const;
  return [adopt(numbers[0]), adopt(numbers[1])];
}

/** Two ends of a TCP connection. */
export async function tcpPair(): Promise<[OwnedFd, OwnedFd]> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const accepted = new Promise<OwnedFd>((resolve) => {
    server.once('connection', (socket) => resolve(fromNetSocket(socket).fd));
  });
  const socket = connect((server.address() as { port: number }).port, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  const ends: [OwnedFd, OwnedFd] = [fromNetSocket(socket).fd, await accepted];
  await new Promise((resolve) => server.close(resolve));
  return ends;
}

function listening(owned: OwnedFd): OwnedFd {
  if (native().libc.listen(owned.fd, 8) < 0) throw new Error(`listen: errno ${native().libc.errno()}`);
  return owned;
}

/** `keep` what must stay open meanwhile. */
type Make = (keep: (other: OwnedFd) => void, folder: string) => OwnedFd | Promise<OwnedFd>;

function one([a, b]: [OwnedFd, OwnedFd], keep: (other: OwnedFd) => void): OwnedFd {
  keep(b);
  return a;
}

/** The functions, and by the kind of a descriptor which of them take it. */
export const TAKERS = [
  'toNetSocket',
  'toNetServer',
  'toDgram',
  'toFileHandle',
  'toReadStream',
  'toWriteStream',
  'toTty',
] as const;

export type Taker = (typeof TAKERS)[number];

const BOTH: Taker[] = ['toFileHandle', 'toReadStream', 'toWriteStream'];
const READ: Taker[] = ['toFileHandle', 'toReadStream'];
const WRITE: Taker[] = ['toFileHandle', 'toWriteStream'];
const HANDLE: Taker[] = ['toFileHandle'];

export const KINDS: Record<string, { make: Make; kind: string; takers: Taker[] }> = {
  'a file': { make: (_, folder) => opened(join(folder, 'file'), 'w+'), kind: 'file', takers: BOTH },
  'a file to be read': { make: () => opened('/proc/self/status', 'r'), kind: 'file', takers: READ },
  'a file to be written': { make: (_, folder) => opened(join(folder, 'other'), 'w'), kind: 'file', takers: WRITE },
  'a file by O_PATH': { make: () => opened('/proc/self/status', O_PATH), kind: 'file', takers: HANDLE },
  'a directory': { make: (_, folder) => opened(folder, 'r'), kind: 'directory', takers: HANDLE },
  'a memfd': { make: () => memfd('kinds', 10), kind: 'memfd', takers: BOTH },
  'a device': { make: () => opened('/dev/null', 'r+'), kind: 'character device', takers: BOTH },
  'the read end of a pipe': {
    make: (keep) => {
      const { read, write } = pipe();
      return one([read, write], keep);
    },
    kind: 'pipe',
    takers: READ,
  },
  'the write end of a pipe': {
    make: (keep) => {
      const { read, write } = pipe();
      return one([write, read], keep);
    },
    kind: 'pipe',
    takers: WRITE,
  },
  'a pipe open for both': {
    make: () => {
      const { read, write } = pipe();
      const both = opened(`/proc/self/fd/${read.fd}`, 'r+');
      read.close();
      write.close();
      return both;
    },
    kind: 'pipe',
    takers: BOTH,
  },
  'a terminal': {
    make: (keep) => {
      const { master, slave } = openPty();
      return one([slave, master], keep);
    },
    kind: 'tty',
    takers: ['toFileHandle', 'toTty'],
  },
  'the master of a terminal': {
    make: (keep) => {
      const { master, slave } = openPty();
      return one([master, slave], keep);
    },
    kind: 'tty',
    takers: ['toFileHandle', 'toTty'],
  },
  'an eventfd': { make: () => eventfd(), kind: 'eventfd', takers: HANDLE },
  'a pidfd': { make: () => pidfd(process.pid), kind: 'pidfd', takers: HANDLE },
  'an epoll instance': { make: () => adopt(native().libc.epoll_create1(0)), kind: 'epoll', takers: [] },
  'a connected Unix stream': { make: (keep) => one(pairOf(STREAM), keep), kind: 'socket', takers: ['toNetSocket'] },
  'a Unix stream whose peer has closed': {
    make: () => {
      const [a, b] = pairOf(STREAM);
      b.close();
      return a;
    },
    kind: 'socket',
    takers: ['toNetSocket'],
  },
  'an unconnected Unix stream': { make: () => bare(AF_UNIX, STREAM), kind: 'socket', takers: [] },
  'a Unix listener': {
    make: async (_, folder) => adopt((await UnixListener.listen(join(folder, 'socket'))).release()),
    kind: 'socket',
    takers: ['toNetServer'],
  },
  'a Unix datagram pair': { make: (keep) => one(pairOf(DATAGRAM), keep), kind: 'socket', takers: [] },
  'a Unix seqpacket pair': { make: (keep) => one(pairOf(SEQPACKET), keep), kind: 'socket', takers: [] },
  'a TCP connection': { make: async (keep) => one(await tcpPair(), keep), kind: 'socket', takers: ['toNetSocket'] },
  'a TCP listener': { make: () => listening(bare(AF_INET, STREAM)), kind: 'socket', takers: ['toNetServer'] },
  'an unconnected TCP socket': { make: () => bare(AF_INET, STREAM), kind: 'socket', takers: [] },
  'a UDP socket': { make: () => bare(AF_INET, DATAGRAM), kind: 'socket', takers: ['toDgram'] },
  'a UDP socket of IPv6': { make: () => bare(AF_INET6, DATAGRAM), kind: 'socket', takers: ['toDgram'] },
  'a netlink socket': { make: () => bare(AF_NETLINK, RAW), kind: 'socket', takers: [] },
  'a socket file by O_PATH': {
    make: async (_, folder) => {
      const path = join(folder, 'named');
      const listener = await UnixListener.listen(path);
      const owned = opened(path, O_PATH | constants.O_NOFOLLOW);
      listener.closeSync();
      return owned;
    },
    kind: 'socket',
    takers: [],
  },
};

/** Runs `fn` with a descriptor of that kind; whatever is left of it is closed. */
export async function withKind<T>(name: string, fn: (owned: OwnedFd) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'kinds-'));
  const others: OwnedFd[] = [];
  try {
    const owned = await (KINDS[name] as { make: Make }).make((other) => others.push(other), folder);
    others.push(owned);
    return await fn(owned);
  } finally {
    for (const each of others) each[Symbol.dispose]();
    rmSync(folder, { recursive: true });
  }
}

/** Whether IPv6 sockets can be made here. */
export const hasIpv6 = (() => {
  const fd = native().libc.socket(AF_INET6, DATAGRAM, 0);
  if (fd >= 0) closeSync(fd);
  return fd >= 0;
})();
