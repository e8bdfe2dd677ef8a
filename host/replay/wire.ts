/** Real sockets for the museum: calls with the control bytes, and the struct msghdr, that an exhibit is about. */
import { closeSync, fstatSync, openSync, readdirSync } from 'node:fs';
import { F_GETFD, MSG_CMSG_CLOEXEC, MSG_CTRUNC, MSG_NOSIGNAL, RLIMIT_NOFILE } from '../libc/constants.js';
import { errnoName } from '../libc/errno.js';
import { native } from '../libc/native.js';
import { type ControlMessage, encodeControl } from '../model/encode.js';
import { type ParsedMessage, parseControl } from '../model/parse.js';
import { Unavailable } from '../oracle/answer.js';
import { Kernel } from '../oracle/kernel/socket.js';
import { type MsghdrShape, msghdrShape } from '../oracle/shape.js';

/** Where things lie in the memory that system calls are shown. */
const MSGHDR = 0;
const IOVEC = 128;
const NAME = 192;
const CONTROL = 512;
const ROOM = 4096;
const DATA = CONTROL + ROOM;
const DATA_ROOM = 1 << 16;
/** What receive buffers hold before. */
export const DIRT = 0xaa;

export interface Sending {
  control?: Uint8Array;
  data?: Uint8Array;
  to?: Uint8Array;
  flags?: number;
  /** msg_controllen, where it is not that of the control bytes. */
  controllen?: number;
  /** How far from its place the control data begins; null: msg_control is a null pointer. */
  shift?: number | null;
  /** Changes the struct msghdr before the call. */
  spoil?: (msghdr: DataView, shape: MsghdrShape) => void;
}

export interface Receiving {
  /** msg_controllen */
  room?: number;
  /** The most bytes of data. */
  size?: number;
  flags?: number;
  /** Leaves the control buffer as the receive before left it. */
  keepsBuffer?: boolean;
}

export interface Got {
  data: Uint8Array;
  /** All of the control buffer. */
  buffer: Uint8Array;
  controllen: number;
  flags: number;
  isTruncated: boolean;
  messages: ParsedMessage[];
  fds: number[];
}

/** Descriptors that replays want to be able to open; fewer would be told as what the kernel does. */
const WANTED = 128;

/** Says so where this process may not open enough descriptors. */
export function checkRoom(): void {
  const library = native().koffi.load(null);
  const limits = new BigUint64Array(2);
  const left = () => Number(limits[0]) - readdirSync('/proc/self/fd').length;
  if (library.func('int getrlimit(int, _Out_ uint64_t *)')(RLIMIT_NOFILE, limits) < 0 || left() >= WANTED) return;
  throw new Unavailable(`this process may open ${left()} descriptors more, and ${WANTED} are wanted (ulimit -n)`);
}

/** One exhibit's sockets and descriptors; all are closed together. */
export class Wire {
  readonly kernel: Kernel;
  readonly shape: MsghdrShape;
  /** What the last sendmsg returned. */
  sentBytes = 0;
  readonly #bytes = new Uint8Array(DATA + DATA_ROOM);
  readonly #view = new DataView(this.#bytes.buffer);
  readonly #base = Number(native().koffi.address(this.#bytes));

  constructor() {
    const { codec, abiId } = native();
    this.shape = msghdrShape(codec, abiId);
    this.kernel = new Kernel(this.shape);
  }

  [Symbol.dispose](): void {
    this.kernel[Symbol.dispose]();
  }

  /** CMSG_LEN(0) */
  get header(): number {
    return native().codec.exports.cmsgLen(native().abi, 0);
  }

  encode(...messages: ControlMessage[]): Uint8Array {
    return encodeControl(native().codec, native().abiId, messages).control;
  }

  /** A descriptor that is of nothing else. */
  file(): number {
    return this.kernel.own(openSync('/dev/null', 'r'));
  }

  /** Sends; `taken`, or the errno. */
  send(fd: number, sending: Sending): string {
    const { control = new Uint8Array(0), data = new Uint8Array(2), to, flags = 0, shift = 0, spoil } = sending;
    const at = CONTROL + (shift ?? 0);
    this.#bytes.set(control, at);
    this.#bytes.set(data, DATA);
    this.#arm(data.length, to, shift === null ? undefined : at, sending.controllen ?? control.length);
    spoil?.(new DataView(this.#bytes.buffer, MSGHDR, this.shape.size), this.shape);
    const { libc } = native();
    this.sentBytes = libc.sendmsg(fd, this.#base + MSGHDR, flags | MSG_NOSIGNAL);
    return this.sentBytes < 0 ? errnoName(libc.errno()) : 'taken';
  }

  /** Receives what is there, or the errno; waits where it is on its way. */
  tryReceive(fd: number, receiving: Receiving = {}): Got | string {
    const { room = ROOM, size = DATA_ROOM, flags = MSG_CMSG_CLOEXEC, keepsBuffer = false } = receiving;
    if (!keepsBuffer) this.#bytes.fill(DIRT, CONTROL, CONTROL + ROOM);
    this.#arm(size, undefined, CONTROL, room);
    const { libc, codec, abiId } = native();
    const length = libc.recvmsg(fd, this.#base + MSGHDR, flags);
    if (length < 0) return errnoName(libc.errno());
    const { msg_controllen, msg_flags } = this.shape.msghdr;
    const controllen = this.#get(MSGHDR + msg_controllen.offset, msg_controllen.size);
    const returned = this.#get(MSGHDR + msg_flags.offset, 4);
    const buffer = this.#bytes.slice(CONTROL, CONTROL + room);
    const { messages } = parseControl(codec, abiId, buffer.subarray(0, controllen));
    const fds = messages.flatMap((message) => message.fds ?? []);
    for (const fd of fds) this.kernel.own(fd);
    return {
      data: this.#bytes.slice(DATA, DATA + length),
      buffer,
      controllen,
      flags: returned,
      isTruncated: (returned & MSG_CTRUNC) !== 0,
      messages,
      fds,
    };
  }

  receive(fd: number, receiving?: Receiving): Got {
    const got = this.tryReceive(fd, receiving);
    if (typeof got === 'string') throw new Unavailable(`recvmsg: ${got}`);
    return got;
  }

  /** Does something while this process may open `count` descriptors more. Nothing else of it runs meanwhile. */
  withFree<T>(count: number, work: () => T): T {
    const library = native().koffi.load(null);
    const setrlimit = library.func('int setrlimit(int, const uint64_t *)');
    const getrlimit = library.func('int getrlimit(int, _Out_ uint64_t *)');
    const before = new BigUint64Array(2);
    if (getrlimit(RLIMIT_NOFILE, before) < 0) throw new Unavailable('the limit of descriptors cannot be read');
    // The numbers that would be given out, and then one beyond them.
    const probes = Array.from({ length: count + 1 }, () => openSync('/dev/null', 'r'));
    for (const fd of probes) closeSync(fd);
    const limits = BigUint64Array.of(BigInt(probes[count] as number), before[1] as bigint);
    if (setrlimit(RLIMIT_NOFILE, limits) < 0) throw new Unavailable('the limit of descriptors cannot be set');
    try {
      return work();
    } finally {
      setrlimit(RLIMIT_NOFILE, before);
    }
  }

  isCloseOnExec(fd: number): boolean {
    return (native().libc.fcntl(fd, F_GETFD, 0) & 1) === 1;
  }

  isSameFile(one: number, other: number): boolean {
    const [a, b] = [fstatSync(one), fstatSync(other)];
    return a.dev === b.dev && a.ino === b.ino;
  }

  #arm(size: number, to: Uint8Array | undefined, control: number | undefined, controllen: number): void {
    const { msghdr, iovec, size: bytes } = this.shape;
    this.#bytes.fill(0, MSGHDR, MSGHDR + bytes);
    if (to) this.#bytes.set(to, NAME);
    this.#put(IOVEC, iovec.iov_base, this.#base + DATA);
    this.#put(IOVEC, iovec.iov_len, size);
    this.#put(MSGHDR, msghdr.msg_name, to ? this.#base + NAME : 0);
    this.#put(MSGHDR, msghdr.msg_namelen, to?.length ?? 0);
    this.#put(MSGHDR, msghdr.msg_iov, this.#base + IOVEC);
    this.#put(MSGHDR, msghdr.msg_iovlen, 1);
    this.#put(MSGHDR, msghdr.msg_control, control === undefined ? 0 : this.#base + control);
    this.#put(MSGHDR, msghdr.msg_controllen, controllen);
  }

  #put(at: number, { offset, size }: { offset: number; size: number }, value: number): void {
    if (size === 8) this.#view.setBigUint64(at + offset, BigInt(value), true);
    else this.#view.setUint32(at + offset, value, true);
  }

  #get(at: number, size: number): number {
    return size === 8 ? Number(this.#view.getBigUint64(at, true)) : this.#view.getUint32(at, true);
  }
}
