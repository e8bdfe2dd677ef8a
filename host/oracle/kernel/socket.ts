/** Sockets for asking the kernel: a struct msghdr written by an ABI row, and the control bytes as the kernel left them. */
import { AncillaryError } from '../../errors/error.js';
import { POLLIN, SOCK_CLOEXEC, SOCK_NONBLOCK } from '../../libc/constants.js';
import { errnoName } from '../../libc/errno.js';
import { native } from '../../libc/native.js';
import { Unavailable } from '../answer.js';
import type { MsghdrShape } from '../shape.js';
import { EMPTY, int32, LE } from './bytes.js';
import { AF_UNIX, MSG_CMSG_CLOEXEC, MSG_NOSIGNAL, SCM_PIDFD, SCM_RIGHTS, SOL_SOCKET } from './numbers.js';

/** Where things lie in the memory that system calls are shown. */
const MSGHDR = 0;
const IOVEC = 128;
const SMALL = 192;
const NAME = 256;
const NAME_ROOM = 128;
const CONTROL = 512;
const CONTROL_ROOM = 4096;
const DATA = CONTROL + CONTROL_ROOM;
const DATA_ROOM = 65536;
const PATIENCE_MS = 500;

export interface Received {
  data: Uint8Array;
  /** The control bytes as the kernel wrote them. */
  control: Uint8Array;
  flags: number;
  /** The sender's address. */
  from: Uint8Array;
}

interface Calls {
  getsockname(fd: number, address: number, size: number): number;
  clock_gettime(clock: number, out: number): number;
}

let calls: Calls | undefined;

/** Bound when first needed: nothing but this asks for them. */
function ownCalls(): Calls {
  if (!calls) {
    const library = native().koffi.load(null);
    calls = {
      getsockname: library.func('int getsockname(int, uintptr_t, uintptr_t)'),
      clock_gettime: library.func('int clock_gettime(int, uintptr_t)'),
    } as Calls;
  }
  return calls;
}

/** Everything that one exchange opens; closed together. */
export class Kernel {
  readonly #bytes = new Uint8Array(DATA + DATA_ROOM);
  readonly #view = new DataView(this.#bytes.buffer);
  readonly #base = Number(native().koffi.address(this.#bytes));
  readonly #shape: MsghdrShape;
  readonly #open = new Set<number>();
  /** Those of AF_UNIX: others may refuse MSG_CMSG_CLOEXEC (packet sockets do), and bring no descriptors. */
  readonly #unix = new Set<number>();

  /** `shape` is where the row under test says that the members of msghdr and iovec lie. */
  constructor(shape: MsghdrShape) {
    this.#shape = shape;
  }

  /** A socket that does not block; where the kernel has none of that kind it says so. */
  socket(family: number, type: number, protocol = 0): number {
    const fd = native().libc.socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
    if (fd < 0) throw this.#unavailable(`socket of family ${family}`);
    return this.own(fd);
  }

  /** Two AF_UNIX sockets. */
  pair(type: number): [number, number] {
    const { libc } = native();
    if (libc.socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, this.#base + SMALL) < 0) {
      throw this.#unavailable('socketpair');
    }
    const [left, right] = [this.#view.getInt32(SMALL, LE), this.#view.getInt32(SMALL + 4, LE)];
    this.#unix.add(left).add(right);
    return [this.own(left), this.own(right)];
  }

  accept(listener: number): number {
    this.wait(listener, 'a connection');
    return this.acceptNow(listener);
  }

  /** As accept, of what has nothing to wait for. */
  acceptNow(listener: number): number {
    const fd = native().libc.accept4(listener, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) throw this.#unavailable('accept4');
    return this.own(fd);
  }

  /** Takes over a descriptor, to be closed with the others. */
  own(fd: number): number {
    this.#open.add(fd);
    return fd;
  }

  close(fd: number): void {
    this.#unix.delete(fd);
    if (this.#open.delete(fd)) native().libc.close(fd);
  }

  [Symbol.dispose](): void {
    for (const fd of [...this.#open]) this.close(fd);
  }

  /** Sets an option to an int, or to bytes; an option that is not there, or not allowed, is said with its name. */
  set(fd: number, level: number, option: number, value: number | Uint8Array, name: string): void {
    const bytes = typeof value === 'number' ? int32(value) : value;
    this.#bytes.set(bytes, SMALL);
    if (native().libc.setsockopt(fd, level, option, this.#base + SMALL, bytes.length) < 0)
      throw this.#unavailable(name);
  }

  /** Binds to an address, and returns the one it has got. */
  bind(fd: number, address: Uint8Array): Uint8Array {
    const { libc } = native();
    this.#bytes.set(address, NAME);
    if (libc.bind(fd, this.#base + NAME, address.length) < 0) throw this.#unavailable('bind');
    this.#view.setUint32(SMALL, NAME_ROOM, LE);
    if (ownCalls().getsockname(fd, this.#base + NAME, this.#base + SMALL) < 0) throw this.#unavailable('getsockname');
    return this.#bytes.slice(NAME, NAME + this.#view.getUint32(SMALL, LE));
  }

  listen(fd: number): void {
    if (native().libc.listen(fd, 1) < 0) throw this.#unavailable('listen');
  }

  connect(fd: number, address: Uint8Array): void {
    this.#bytes.set(address, NAME);
    const EINPROGRESS = 115;
    const { libc } = native();
    if (libc.connect(fd, this.#base + NAME, address.length) < 0 && libc.errno() !== EINPROGRESS) {
      throw this.#unavailable('connect');
    }
  }

  /** Sends; returns the errno, or 0. */
  trySend(fd: number, control: Uint8Array, data: Uint8Array, to: Uint8Array = EMPTY): number {
    this.#arm(control.length, data.length, to);
    this.#bytes.set(control, CONTROL);
    this.#bytes.set(data, DATA);
    const { libc } = native();
    const sent = libc.sendmsg(fd, this.#base + MSGHDR, MSG_NOSIGNAL);
    if (sent < 0) return libc.errno();
    return 0;
  }

  /** Sends, or says why the kernel refused. */
  send(fd: number, control: Uint8Array, data: Uint8Array, to?: Uint8Array): void {
    const errno = this.trySend(fd, control, data, to);
    if (errno !== 0) throw new Refused(errno);
  }

  /** What comes next, waited for a moment. */
  receive(fd: number, { flags = 0, size: room = DATA_ROOM } = {}): Received {
    this.wait(fd, 'a message');
    this.#arm(CONTROL_ROOM, room, EMPTY);
    const { libc } = native();
    const { msghdr } = this.#shape;
    this.#put(MSGHDR, msghdr.msg_name, this.#base + NAME);
    this.#put(MSGHDR, msghdr.msg_namelen, NAME_ROOM);
    const size = libc.recvmsg(fd, this.#base + MSGHDR, flags | (this.#unix.has(fd) ? MSG_CMSG_CLOEXEC : 0));
    if (size < 0) throw this.#unavailable('recvmsg');
    const used = Math.min(this.#get(MSGHDR, msghdr.msg_controllen), CONTROL_ROOM);
    this.#adopt(used);
    return {
      data: this.#bytes.slice(DATA, DATA + size),
      control: this.#bytes.slice(CONTROL, CONTROL + used),
      flags: this.#get(MSGHDR, msghdr.msg_flags),
      from: this.#bytes.slice(NAME, NAME + Math.min(this.#get(MSGHDR, msghdr.msg_namelen), NAME_ROOM)),
    };
  }

  /** Sees descriptors that came, by the kernel's own layout: they are closed however wrong the row is. */
  #adopt(used: number): void {
    const { word } = this.#shape;
    const header = word + 8;
    for (let at = CONTROL; at + header <= CONTROL + used; ) {
      const size = word === 8 ? Number(this.#view.getBigUint64(at, LE)) : this.#view.getUint32(at, LE);
      const [level, type] = [this.#view.getInt32(at + word, LE), this.#view.getInt32(at + word + 4, LE)];
      if (size < header) return;
      if (level === SOL_SOCKET && (type === SCM_RIGHTS || type === SCM_PIDFD)) {
        for (let i = at + header; i + 4 <= at + size; i += 4) this.own(this.#view.getInt32(i, LE));
      }
      at += Math.ceil(size / word) * word;
    }
  }

  /** Waits until there is something to receive, for a moment. */
  wait(fd: number, what: string): void {
    if (!this.isReady(fd, PATIENCE_MS)) throw new Unavailable(`${what} did not come in ${PATIENCE_MS} ms`);
  }

  isReady(fd: number, milliseconds = 0): boolean {
    this.#view.setInt32(SMALL, fd, LE);
    this.#view.setInt16(SMALL + 4, POLLIN, LE);
    return native().libc.poll(this.#base + SMALL, 1, milliseconds) > 0;
  }

  pause(milliseconds: number): void {
    native().libc.poll(this.#base + SMALL, 0, milliseconds);
  }

  /** A clock's nanoseconds. */
  now(clock: number): bigint {
    if (ownCalls().clock_gettime(clock, this.#base + SMALL) < 0) throw this.#unavailable('clock_gettime');
    // struct timespec of this process: two longs.
    const wide = this.#shape.word === 8;
    const long = (at: number) => (wide ? this.#view.getBigInt64(at, LE) : BigInt(this.#view.getInt32(at, LE)));
    return long(SMALL) * 1_000_000_000n + long(SMALL + this.#shape.word);
  }

  /** Lays out msghdr and iovec as the row says. */
  #arm(controlSize: number, dataSize: number, to: Uint8Array): void {
    const { msghdr, iovec, size } = this.#shape;
    this.#bytes.fill(0, MSGHDR, MSGHDR + size);
    this.#bytes.fill(0, IOVEC, SMALL);
    this.#bytes.set(to, NAME);
    this.#put(IOVEC, iovec.iov_base, this.#base + DATA);
    this.#put(IOVEC, iovec.iov_len, dataSize);
    this.#put(MSGHDR, msghdr.msg_name, to.length > 0 ? this.#base + NAME : 0);
    this.#put(MSGHDR, msghdr.msg_namelen, to.length);
    this.#put(MSGHDR, msghdr.msg_iov, this.#base + IOVEC);
    this.#put(MSGHDR, msghdr.msg_iovlen, 1);
    this.#put(MSGHDR, msghdr.msg_control, controlSize > 0 ? this.#base + CONTROL : 0);
    this.#put(MSGHDR, msghdr.msg_controllen, controlSize);
  }

  #put(at: number, field: { offset: number; size: number }, value: number): void {
    if (field.size === 8) this.#view.setBigUint64(at + field.offset, BigInt(value), LE);
    else this.#view.setUint32(at + field.offset, value, LE);
  }

  #get(at: number, field: { offset: number; size: number }): number {
    if (field.size === 8) return Number(this.#view.getBigUint64(at + field.offset, LE));
    return this.#view.getUint32(at + field.offset, LE);
  }

  #unavailable(what: string): Unavailable {
    const errno = native().libc.errno();
    const name = errnoName(errno);
    const MEANINGS: Record<string, string> = {
      EPERM: 'not permitted (EPERM)',
      EACCES: 'not permitted (EACCES)',
      ENOPROTOOPT: 'this kernel does not have it (ENOPROTOOPT)',
      EAFNOSUPPORT: 'this kernel does not have it (EAFNOSUPPORT)',
    };
    return new Unavailable(`${what}: ${MEANINGS[name] ?? name}`);
  }
}

/** The kernel did not take what was sent. */
export class Refused extends AncillaryError {
  constructor(errno: number) {
    super(errnoName(errno), `sendmsg refuses it with ${errnoName(errno)}`, { errno, syscall: 'sendmsg' });
  }
}
