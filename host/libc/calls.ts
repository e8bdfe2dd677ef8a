import { INT_MAX } from '../check/values.js';
import { AncillaryError } from '../errors/error.js';
import { isWorker } from '../runtime/thread.js';
import {
  CLOSE_RANGE_UNSHARE,
  SYS_close_range,
  SYS_KCMP,
  SYS_MEMFD_CREATE,
  SYS_MESSAGE,
  SYS_pidfd_open,
  SYS_RENAMEAT2,
} from './constants.js';
import type { Koffi } from './load.js';

/** Called when a native call that ran on a thread of libuv's pool is over. */
type Done = (error: unknown, result: number) => void;

/** The functions of libc. Pointers are native addresses as numbers; -1 means look at errno(). */
export interface Libc {
  /** Which libc this process runs on. */
  readonly name: 'glibc' | 'musl';
  errno(): number;
  socket(family: number, type: number, protocol: number): number;
  socketpair(family: number, type: number, protocol: number, out: number): number;
  bind(fd: number, address: number, size: number): number;
  listen(fd: number, backlog: number): number;
  accept4(fd: number, address: number, size: number, flags: number): number;
  connect(fd: number, address: number, size: number): number;
  sendmsg(fd: number, msghdr: number, flags: number): number;
  recvmsg(fd: number, msghdr: number, flags: number): number;
  sendmmsg(fd: number, vector: number, count: number, flags: number): number;
  recvmmsg(fd: number, vector: number, count: number, flags: number, timeout: number): number;
  recv(fd: number, out: number, size: number, flags: number): number;
  setsockopt(fd: number, level: number, name: number, value: number, size: number): number;
  getsockname(fd: number, address: number, size: number): number;
  getpeername(fd: number, address: number, size: number): number;
  /** The index of a network interface by its name; 0 for none. */
  if_nametoindex(name: number): number;
  shutdown(fd: number, how: number): number;
  getsockopt(fd: number, level: number, name: number, value: number, size: number): number;
  getrlimit(resource: number, out: number): number;
  flock(fd: number, operation: number): number;
  poll(fds: number, count: number, timeout: number): number;
  ioctl(fd: number, request: number, out: number): number;
  close(fd: number): number;
  closeRange(first: number, last: number): number;
  /** close_range that closes nothing, but gives this thread descriptors of its own, apart from those of the others. */
  unshareDescriptors(): number;
  /** close_range on a thread of libuv's pool. */
  closeRangeAsync(first: number, last: number, done: Done): void;
  fcntl(fd: number, command: number, argument: number): number;
  dup3(from: number, to: number, flags: number): number;
  pipe2(out: number, flags: number): number;
  eventfd(initial: number, flags: number): number;
  open(path: number, flags: number, mode: number): number;
  memfd_create(name: number, flags: number): number;
  pidfd_open(pid: number, flags: number): number;
  kcmp(pid: number, otherPid: number, type: number, fd: number, otherFd: number): number;
  tee(from: number, to: number, size: number, flags: number): number;
  renameat2(fromFolder: number, from: number, toFolder: number, to: number, flags: number): number;
  /** Ends the process at once: exit(3) would wait for pool threads that are stuck in a write. */
  _exit(code: number): never;
  /** Has another program take this process over, with this process's own environ; returns only when it cannot. */
  execv(path: number, argv: number): number;
  signal(signal: number, handler: number): number;
  epoll_create1(flags: number): number;
  epoll_ctl(epoll: number, operation: number, fd: number, event: number): number;
  epoll_wait(epoll: number, events: number, most: number, timeout: number): number;
  /** epoll_wait on a thread of libuv's pool. */
  epollWaitAsync(epoll: number, events: number, most: number, timeout: number, done: Done): void;
}

/** The functions whose arguments are passed on as they are: their declarations. */
const DECLARATIONS = {
  socket: 'int socket(int, int, int)',
  socketpair: 'int socketpair(int, int, int, uintptr_t)',
  bind: 'int bind(int, uintptr_t, uint32_t)',
  listen: 'int listen(int, int)',
  accept4: 'int accept4(int, uintptr_t, uintptr_t, int)',
  connect: 'int connect(int, uintptr_t, uint32_t)',
  sendmsg: 'long sendmsg(int, uintptr_t, int)',
  recvmsg: 'long recvmsg(int, uintptr_t, int)',
  sendmmsg: 'int sendmmsg(int, uintptr_t, unsigned int, int)',
  recvmmsg: 'int recvmmsg(int, uintptr_t, unsigned int, int, uintptr_t)',
  recv: 'long recv(int, uintptr_t, size_t, int)',
  setsockopt: 'int setsockopt(int, int, int, uintptr_t, uint32_t)',
  getrlimit: 'int getrlimit(int, uintptr_t)',
  flock: 'int flock(int, int)',
  poll: 'int poll(uintptr_t, unsigned long, int)',
  ioctl: 'int ioctl(int, unsigned long, uintptr_t)',
  getsockopt: 'int getsockopt(int, int, int, uintptr_t, uintptr_t)',
  getsockname: 'int getsockname(int, uintptr_t, uintptr_t)',
  getpeername: 'int getpeername(int, uintptr_t, uintptr_t)',
  if_nametoindex: 'unsigned int if_nametoindex(uintptr_t)',
  shutdown: 'int shutdown(int, int)',
  close: 'int close(int)',
  fcntl: 'int fcntl(int, int, long)',
  dup3: 'int dup3(int, int, int)',
  pipe2: 'int pipe2(uintptr_t, int)',
  eventfd: 'int eventfd(unsigned int, int)',
  open: 'int open(uintptr_t, int, int)',
  tee: 'long tee(int, int, size_t, unsigned int)',
  _exit: 'void _exit(int)',
  execv: 'int execv(uintptr_t, uintptr_t)',
  signal: 'uintptr_t signal(int, uintptr_t)',
  epoll_create1: 'int epoll_create1(int)',
  epoll_ctl: 'int epoll_ctl(int, int, int, uintptr_t)',
  epoll_wait: 'int epoll_wait(int, uintptr_t, int, int)',
} as const;

// Not declared variadic: on the architectures koffi runs on, a variadic function takes integers like any other.
const SYSCALL = 'long syscall(long, long, long, long)';
const SYSCALL_5 = 'long syscall(long, long, uintptr_t, long, uintptr_t, long)';

type Library = ReturnType<Koffi['load']>;
type Bound = ((...args: number[]) => number) & { async: (...args: unknown[]) => void };

/**
 * Binds libc, which is in this process already. On the main thread each function is bound when it is first called, since
 * binding takes most of the time to the first socket. In a worker all are bound at once: to terminate one while koffi
 * binds would abort the process (koffi 3.3.4), so that is done early and never again.
 */
export function bindLibc(koffi: Koffi): Libc {
  const library = koffi.load(null);
  const name = isGlibc(library) ? 'glibc' : 'musl';
  const bound = new Map<string, Bound>();
  const bind = (declaration: string): Bound => {
    let found = bound.get(declaration);
    if (!found) {
      found = library.func(declaration) as Bound;
      bound.set(declaration, found);
    }
    return found;
  };
  const makers: Record<string, () => (...args: never[]) => unknown> = {
    closeRange: () => {
      const syscall = bind(SYSCALL);
      return (first: number, last: number) => syscall(SYS_close_range, first, last, 0);
    },
    unshareDescriptors: () => {
      const syscall = bind(SYSCALL);
      // Numbers that no descriptor has: fs.nr_open is lower.
      return () => syscall(SYS_close_range, INT_MAX, INT_MAX, CLOSE_RANGE_UNSHARE);
    },
    closeRangeAsync: () => {
      const { async } = bind(SYSCALL);
      return (first: number, last: number, done: Done) => async(SYS_close_range, first, last, 0, done);
    },
    renameat2: () => {
      const syscall = bind(SYSCALL_5);
      const number = SYS_RENAMEAT2[process.arch] ?? -1;
      return (...args: number[]) => syscall(number, ...args);
    },
    memfd_create: () => {
      const syscall = bind(SYSCALL);
      const number = SYS_MEMFD_CREATE[process.arch] ?? -1;
      return (name: number, flags: number) => syscall(number, name, flags, 0);
    },
    pidfd_open: () => {
      const syscall = bind(SYSCALL);
      return (pid: number, flags: number) => syscall(SYS_pidfd_open, pid, flags, 0);
    },
    kcmp: () => {
      const syscall = bind(SYSCALL_5);
      const number = SYS_KCMP[process.arch] ?? -1;
      return (...args: number[]) => syscall(number, ...args);
    },
    epollWaitAsync: () => bind(DECLARATIONS.epoll_wait).async,
  };
  for (const [key, declaration] of Object.entries(DECLARATIONS)) makers[key] = () => bind(declaration);
  if (name === 'musl') Object.assign(makers, messageCalls(bind));

  const calls: Record<string, unknown> = { name, errno: () => koffi.errno() };
  for (const [key, make] of Object.entries(makers)) {
    const bindAndCall = (...args: never[]) => {
      const call = make();
      libc[key] = call;
      return call(...args);
    };
    calls[key] = isWorker ? make() : bindAndCall;
  }
  // Copied: V8 keeps an object that grew name by name as a dictionary, which makes every call look its function up.
  const libc = { ...calls };
  return libc as unknown as Libc;
}

function isGlibc(library: Library): boolean {
  try {
    library.func('const char *gnu_get_libc_version()');
    return true;
  } catch {
    return false;
  }
}

/**
 * sendmsg, recvmsg and those for many on musl. Its own sendmsg copies at most 1,024 control bytes and clears header
 * padding, so 253 descriptors fail there with ENOMEM and the kernel does not get the bytes that were encoded; its
 * sendmmsg calls that one once for each message: the system calls are made directly (src/network/sendmsg.c and
 * sendmmsg.c of musl 1.2.5).
 */
function messageCalls(bind: (declaration: string) => Bound) {
  const numbers = SYS_MESSAGE[process.arch];
  if (!numbers) {
    throw new AncillaryError('ERR_UNSUPPORTED', `no system call numbers for musl on ${process.arch} are known`);
  }
  const through = (number: number) => () => {
    const syscall = bind(SYSCALL);
    return (fd: number, msghdr: number, flags: number) => syscall(number, fd, msghdr, flags);
  };
  const throughMany = (number: number) => () => {
    const syscall = bind(SYSCALL_5);
    return (fd: number, vector: number, count: number, flags: number) => syscall(number, fd, vector, count, flags, 0);
  };
  return {
    sendmsg: through(numbers.sendmsg),
    recvmsg: through(numbers.recvmsg),
    sendmmsg: throughMany(numbers.sendmmsg),
    recvmmsg: throughMany(numbers.recvmmsg),
  };
}
