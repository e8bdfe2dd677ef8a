/** Descriptors and connected sockets for tests, closed when the test ends. */
import { closeSync, openSync, readFileSync, readlinkSync } from 'node:fs';
import { type SocketOptions, socketpair, type UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';

/** Runs `fn` with two connected ends, closed afterwards if `fn` has not done it. */
export async function withPair<T>(
  fn: (a: UnixStream, b: UnixStream) => T | Promise<T>,
  options?: SocketOptions,
): Promise<T> {
  const [a, b] = socketpair(options);
  try {
    return await fn(a, b);
  } finally {
    a[Symbol.dispose]();
    b[Symbol.dispose]();
  }
}

/** Runs `fn` with `count` descriptors of /dev/null. */
export async function withFds<T>(count: number, fn: (fds: number[]) => T | Promise<T>): Promise<T> {
  const fds = Array.from({ length: count }, () => openSync('/dev/null', 'r'));
  try {
    return await fn(fds);
  } finally {
    for (const fd of fds) closeSync(fd);
  }
}

/** Fills the socket until it has no room; returns how many bytes that took. */
export function fill(stream: UnixStream): number {
  for (let sent = 0; ; ) {
    try {
      sent += stream.sendSync(Buffer.alloc(65536));
    } catch (error) {
      assert.is((error as { code?: string }).code, 'EAGAIN');
      return sent;
    }
  }
}

/** What a descriptor stands for: `/dev/null`, `pipe:[5]`, ... */
export const targetOf = (fd: number) => readlinkSync(`/proc/self/fd/${fd}`);

/** Whether FD_CLOEXEC is set; /proc shows it among the file's flags. */
export function isCloseOnExec(fd: number): boolean {
  const [, flags = ''] = /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')) ?? [];
  return (Number.parseInt(flags, 8) & 0o2000000) !== 0;
}
