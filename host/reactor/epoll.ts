import { isWorker, keepInWorker } from '../fd/worker-descriptors.js';
import { EPOLL_CLOEXEC, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD } from '../libc/constants.js';
import { EEXIST, EINTR, EMFILE, ENOENT, EPERM, systemError } from '../libc/errno.js';
import { type Native, native } from '../libc/native.js';

/** Events taken from the kernel in one call; more stay ready for the next. */
const BATCH = 64;

// struct epoll_event is packed on x86 (12 bytes), natural elsewhere (16): arch/x86/include/uapi/asm, eventpoll.h.
const PACKED = process.arch === 'x64' || process.arch === 'ia32';
const EVENT_SIZE = PACKED ? 12 : 16;
const DATA = PACKED ? 4 : 8;

/** One epoll instance and the memory for its events. */
export class Epoll {
  readonly fd: number;
  readonly #native: Native;
  readonly #events: number;

  constructor() {
    this.#native = native();
    const { libc, codec } = this.#native;
    const fd = libc.epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) {
      const errno = libc.errno();
      throw systemError('epoll_create1', errno, '', errno === EMFILE ? 'close some descriptors' : '');
    }
    try {
      // After what fails mostly: memory is never given back.
      this.#events = codec.arena.reserve(BATCH * EVENT_SIZE);
    } catch (error) {
      libc.close(fd);
      throw error;
    }
    this.fd = isWorker ? keepInWorker(fd) : fd;
  }

  /**
   * Sets what is waited for on `fd`. A number that was closed and reused behind our back shows as ENOENT or EEXIST;
   * the other operation is the right one then. Returns false where the file cannot be waited for (EPERM): it is
   * always ready.
   */
  arm(fd: number, mask: number, known: boolean): boolean {
    let errno = this.#control(known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, mask);
    if (errno === ENOENT) errno = this.#control(EPOLL_CTL_ADD, fd, mask);
    else if (errno === EEXIST) errno = this.#control(EPOLL_CTL_MOD, fd, mask);
    if (errno === 0) return true;
    if (errno === EPERM) return false;
    throw systemError('epoll_ctl', errno, `on descriptor ${fd}`);
  }

  /** Forgets `fd`; to be done before it is closed, since another process may hold the same description. */
  disarm(fd: number): void {
    this.#control(EPOLL_CTL_DEL, fd, 0);
  }

  /** Calls `ready` for each descriptor that is ready now. */
  poll(ready: (fd: number, events: number) => void): void {
    const { libc, base, codec } = this.#native;
    const count = libc.epoll_wait(this.fd, base + this.#events, BATCH, 0);
    if (count < 0) {
      const errno = libc.errno();
      if (errno === EINTR) return;
      throw systemError('epoll_wait', errno);
    }
    for (let i = 0; i < count; i++) {
      const event = this.#events + i * EVENT_SIZE;
      ready(codec.view.getInt32(event + DATA, true), codec.view.getUint32(event, true));
    }
  }

  #control(operation: number, fd: number, mask: number): number {
    return controlEpoll(this.fd, operation, fd, mask);
  }
}

/** Tells an epoll instance what to wait for on `fd`; returns 0 or an errno. */
export function controlEpoll(epoll: number, operation: number, fd: number, mask: number): number {
  const { libc, base, codec, scratch } = native();
  codec.view.setUint32(scratch, mask, true);
  codec.view.setInt32(scratch + DATA, fd, true);
  return libc.epoll_ctl(epoll, operation, fd, base + scratch) < 0 ? libc.errno() : 0;
}
