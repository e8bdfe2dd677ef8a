import { AncillaryError } from '../errors/error.js';
import { SYS_close_range, SYS_MESSAGE } from './constants.js';
import type { Koffi } from './load.js';

/** The bound functions. Pointers are native addresses as numbers; -1 means look at errno(). */
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
  setsockopt(fd: number, level: number, name: number, value: number, size: number): number;
  close(fd: number): number;
  closeRange(first: number, last: number): number;
  fcntl(fd: number, command: number, argument: number): number;
  pipe2(out: number, flags: number): number;
  tee(from: number, to: number, size: number, flags: number): number;
  /** Ends the process at once: exit(3) would wait for pool threads that are stuck in a write. */
  _exit(code: number): never;
  epoll_create1(flags: number): number;
  epoll_ctl(epoll: number, operation: number, fd: number, event: number): number;
  epoll_wait(epoll: number, events: number, most: number, timeout: number): number;
  /** epoll_wait on a thread of libuv's pool. */
  epollWaitAsync(
    epoll: number,
    events: number,
    most: number,
    timeout: number,
    done: (error: unknown, count: number) => void,
  ): void;
}

/** Binds libc, which is in this process already. */
export function bindLibc(koffi: Koffi): Libc {
  const library = koffi.load(null);
  const name = isGlibc(library) ? 'glibc' : 'musl';
  // Not declared variadic: on the architectures koffi runs on, a variadic function takes integers like any other.
  const syscall = library.func('long syscall(long, long, long, long)');
  const messages = bindMessages(library, syscall, name);
  const epoll_wait = library.func('int epoll_wait(int, uintptr_t, int, int)');
  return {
    name,
    errno: () => koffi.errno(),
    socket: library.func('int socket(int, int, int)'),
    socketpair: library.func('int socketpair(int, int, int, uintptr_t)'),
    bind: library.func('int bind(int, uintptr_t, uint32_t)'),
    listen: library.func('int listen(int, int)'),
    accept4: library.func('int accept4(int, uintptr_t, uintptr_t, int)'),
    connect: library.func('int connect(int, uintptr_t, uint32_t)'),
    sendmsg: messages.sendmsg,
    recvmsg: messages.recvmsg,
    setsockopt: library.func('int setsockopt(int, int, int, uintptr_t, uint32_t)'),
    close: library.func('int close(int)'),
    closeRange: (first, last) => syscall(SYS_close_range, first, last, 0),
    fcntl: library.func('int fcntl(int, int, long)'),
    pipe2: library.func('int pipe2(uintptr_t, int)'),
    tee: library.func('long tee(int, int, size_t, unsigned int)'),
    _exit: library.func('void _exit(int)') as unknown as Libc['_exit'],
    epoll_create1: library.func('int epoll_create1(int)'),
    epoll_ctl: library.func('int epoll_ctl(int, int, int, uintptr_t)'),
    epoll_wait,
    epollWaitAsync: epoll_wait.async,
  };
}

type Library = ReturnType<Koffi['load']>;

function isGlibc(library: Library): boolean {
  try {
    library.func('const char *gnu_get_libc_version()');
    return true;
  } catch {
    return false;
  }
}

/**
 * sendmsg and recvmsg. musl's own sendmsg copies at most 1,024 control bytes and clears header padding, so 253
 * descriptors fail there with ENOMEM and the kernel does not get the bytes that were encoded: there the system calls
 * are made directly (src/network/sendmsg.c of musl 1.2.5).
 */
function bindMessages(library: Library, syscall: Syscall, name: Libc['name']): Pick<Libc, 'sendmsg' | 'recvmsg'> {
  if (name === 'glibc') {
    return {
      sendmsg: library.func('long sendmsg(int, uintptr_t, int)'),
      recvmsg: library.func('long recvmsg(int, uintptr_t, int)'),
    };
  }
  const numbers = SYS_MESSAGE[process.arch];
  if (!numbers) {
    throw new AncillaryError('ERR_UNSUPPORTED', `no system call numbers for musl on ${process.arch} are known`);
  }
  return {
    sendmsg: (fd, msghdr, flags) => syscall(numbers.sendmsg, fd, msghdr, flags),
    recvmsg: (fd, msghdr, flags) => syscall(numbers.recvmsg, fd, msghdr, flags),
  };
}

type Syscall = (number: number, a: number, b: number, c: number) => number;
