/** System calls that the library does not offer, for tests that need a misbehaving peer or a lowered limit. */
import { closeSync } from 'node:fs';
import koffi from 'koffi';

const libc = koffi.load(null);
const prlimitCall = libc.func('int prlimit(int, int, void *, void *)');
const sendmsgCall = libc.func('long sendmsg(int, void *, int)');
const recvmsgCall = libc.func('long recvmsg(int, void *, int)');
const setsockoptCall = libc.func('int setsockopt(int, int, int, void *, uint32_t)');
const getsockoptCall = libc.func('int getsockopt(int, int, int, void *, void *)');
const socketCall = libc.func('int socket(int, int, int)');
const bindCall = libc.func('int bind(int, void *, uint32_t)');
const listenCall = libc.func('int listen(int, int)');
const accept4Call = libc.func('int accept4(int, void *, void *, int)');
const RLIMIT_NOFILE = 7;

/** Sets the most open files (hard limit kept) of process `pid`, 0 for this one; returns what it was. */
export function limitFiles(pid: number, most: number): number {
  const before = new BigUint64Array(2);
  if (prlimitCall(pid, RLIMIT_NOFILE, null, before) < 0) throw new Error(`prlimit: errno ${koffi.errno()}`);
  const now = BigUint64Array.of(BigInt(most), before[1] as bigint);
  if (prlimitCall(pid, RLIMIT_NOFILE, now, null) < 0) throw new Error(`prlimit: errno ${koffi.errno()}`);
  return Number(before[0]);
}

/** sendmsg with these very control bytes, on a 64-bit machine; returns its result, or minus errno. */
export function sendControl(fd: number, data: Uint8Array, control: Uint8Array): number {
  const iovec = BigUint64Array.of(koffi.address(data), BigInt(data.length));
  const msghdr = BigUint64Array.of(
    0n,
    0n,
    koffi.address(iovec),
    1n,
    koffi.address(control),
    BigInt(control.length),
    0n,
  );
  const sent = sendmsgCall(fd, msghdr, 0);
  return sent < 0 ? -koffi.errno() : sent;
}

/** recvmsg as a C program calls it, with room for one descriptor; closes what comes, and tells what it found. */
export function receivePlainly(fd: number): { size: number; flags: number; controllen: number } {
  const [data, control] = [new Uint8Array(100), new Uint8Array(24)];
  const iovec = BigUint64Array.of(koffi.address(data), 100n);
  const msghdr = BigUint64Array.of(0n, 0n, koffi.address(iovec), 1n, koffi.address(control), 24n, 0n);
  const size = recvmsgCall(fd, msghdr, 0);
  const controllen = Number(msghdr[5]);
  if (controllen >= 20) closeSync(new DataView(control.buffer).getInt32(16, true));
  return { size, flags: Number(msghdr[6]), controllen };
}

/** setsockopt(SOL_SOCKET, name, 1); returns 0, or minus errno. */
export function enable(fd: number, name: number): number {
  return setsockoptCall(fd, 1, name, Int32Array.of(1), 4) < 0 ? -koffi.errno() : 0;
}

/** Lets a socket hold so many bytes that were sent (SO_SNDBUF), or as many as the system lets it. */
export function growSendBuffer(fd: number, bytes: number): void {
  const SO_SNDBUF = 7;
  if (setsockoptCall(fd, 1, SO_SNDBUF, Int32Array.of(bytes), 4) < 0) throw new Error(`errno ${koffi.errno()}`);
}

/** Whether getsockopt(SOL_SOCKET, name) is not 0. */
export function isEnabled(fd: number, name: number): boolean {
  const value = Int32Array.of(0);
  if (getsockoptCall(fd, 1, name, value, Int32Array.of(4)) < 0) throw new Error(`getsockopt: errno ${koffi.errno()}`);
  return value[0] !== 0;
}

/** The types that a socket may have beside SOCK_STREAM. */
export const SOCK = { datagram: 2, seqpacket: 5 } as const;

/**
 * A socket of another type than the library's, bound to a path, or to an abstract name (which begins with NUL); it
 * listens if it can.
 */
export function bindOther(type: keyof typeof SOCK, name: string): number {
  const fd = socketCall(1, SOCK[type], 0);
  const bytes = Buffer.from(name.startsWith('\0') ? name : `${name}\0`);
  const address = Buffer.concat([Buffer.of(1, 0), bytes]);
  if (fd < 0 || bindCall(fd, address, address.length) < 0) throw new Error(`bind: errno ${koffi.errno()}`);
  listenCall(fd, 8);
  return fd;
}

/** A stream socket that is bound to a path and does not listen. */
export function bindOnly(path: string): number {
  const fd = socketCall(1, 1, 0);
  const address = Buffer.concat([Buffer.of(1, 0), Buffer.from(`${path}\0`)]);
  if (fd < 0 || bindCall(fd, address, address.length) < 0) throw new Error(`bind: errno ${koffi.errno()}`);
  return fd;
}

/** accept4 with SOCK_CLOEXEC: the connection as the kernel hands it out, before the library has seen it. */
export function acceptPlain(fd: number): number {
  const SOCK_CLOEXEC = 0o2000000;
  const connection = accept4Call(fd, null, null, SOCK_CLOEXEC);
  if (connection < 0) throw new Error(`accept4: errno ${koffi.errno()}`);
  return connection;
}

const sendCall = libc.func('long send(int, void *, size_t, int)');

/** send(2) with flags; returns its result, or minus errno. */
export function sendFlagged(fd: number, text: string, flags: number): number {
  const data = Buffer.from(text);
  const sent = sendCall(fd, data, data.length, flags);
  return sent < 0 ? -koffi.errno() : sent;
}

/** socket(2); returns its descriptor, or minus errno. */
export function plainSocket(domain: number, type: number, protocol: number): number {
  const fd = socketCall(domain, type, protocol);
  return fd < 0 ? -koffi.errno() : fd;
}

/** syscall(2) with no arguments that could do anything, on no descriptor; returns its result, or minus errno. */
export function syscallOnNothing(number: number): number {
  const call = libc.func('long syscall(long, long, uintptr_t, long, uintptr_t, long)');
  const result = Number(call(number, -1, 0, 0, 0, 0));
  return result < 0 ? -koffi.errno() : result;
}
