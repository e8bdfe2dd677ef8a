import { type BigIntStats, fstatSync, readlinkSync, type Stats } from 'node:fs';
import { F_GET_SEALS, TIOCGWINSZ } from '../libc/constants.js';
import { systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';

/** What a descriptor is of. */
export type FdKind =
  | 'file'
  | 'directory'
  | 'symbolic link'
  | 'pipe'
  | 'socket'
  | 'tty'
  | 'character device'
  | 'block device'
  | 'memfd'
  | 'eventfd'
  | 'epoll'
  | 'pidfd'
  | 'timerfd'
  | 'signalfd'
  | 'inotify'
  | 'fanotify'
  | 'io_uring'
  | 'anonymous inode';

/** The kinds that the kernel names in /proc, `anon_inode:` before them. */
const ANONYMOUS: Record<string, FdKind> = {
  '[eventfd]': 'eventfd',
  '[eventpoll]': 'epoll',
  '[pidfd]': 'pidfd',
  '[timerfd]': 'timerfd',
  '[signalfd]': 'signalfd',
  inotify: 'inotify',
  '[fanotify]': 'fanotify',
  '[io_uring]': 'io_uring',
};

const BY_TYPE: [is: (stats: Stats) => boolean, kind: FdKind][] = [
  [(stats) => stats.isSocket(), 'socket'],
  [(stats) => stats.isFIFO(), 'pipe'],
  [(stats) => stats.isFile(), 'file'],
  [(stats) => stats.isDirectory(), 'directory'],
  [(stats) => stats.isCharacterDevice(), 'character device'],
  [(stats) => stats.isBlockDevice(), 'block device'],
  [(stats) => stats.isSymbolicLink(), 'symbolic link'],
];

/** What the descriptor `fd` is of, by fstat(2) and by what /proc calls it; `EBADF` where it is not open. */
export function kindOf(fd: number): FdKind {
  const stats = statFd(fd);
  const target = targetOf(fd);
  if (target.startsWith('anon_inode:')) return ANONYMOUS[target.slice('anon_inode:'.length)] ?? 'anonymous inode';
  const kind = BY_TYPE.find(([is]) => is(stats))?.[1] ?? (target.startsWith('pidfd:') ? 'pidfd' : 'anonymous inode');
  if (kind === 'character device' && isTty(fd)) return 'tty';
  if (kind === 'file' && isMemfd(fd, target, stats)) return 'memfd';
  return kind;
}

/** fs.fstat with an error of our own. */
export function statFd(fd: number, bigint?: false): Stats;
export function statFd(fd: number, bigint: true): BigIntStats;
export function statFd(fd: number, bigint = false): Stats | BigIntStats {
  try {
    return fstatSync(fd, { bigint });
  } catch (error) {
    throw systemError('fstat', -((error as NodeJS.ErrnoException).errno ?? 0), `of descriptor ${fd}`);
  }
}

/** What /proc calls it, nothing where that cannot be told. */
function targetOf(fd: number): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}

/** By a question that every terminal answers, and node:tty would load node:net. */
function isTty(fd: number): boolean {
  const { libc, base, scratch } = native();
  return libc.ioctl(fd, TIOCGWINSZ, base + scratch) === 0;
}

/** A file of that name could be anywhere, but not one that has seals and no link. */
function isMemfd(fd: number, target: string, { nlink }: Stats): boolean {
  return target.startsWith('/memfd:') && nlink === 0 && native().libc.fcntl(fd, F_GET_SEALS, 0) >= 0;
}
