/** Ways in which a kernel could lie to the fuzzer: the system's calls with one of them changed. */
import koffi from 'koffi';
import { type Calls, systemCalls } from '../../host/fuzz/targets/kernel/calls.js';
import { EAGAIN, EPERM } from '../../host/libc/errno.js';

const libc = koffi.load(null);
const dup2 = libc.func('int dup2(int, int)');
const fcntl = libc.func('int fcntl(int, int, long)');
const F_DUPFD = 0;
const F_SETFD = 2;
const MSG_CTRUNC = 8;
const MSG_TRUNC = 0x20;

/** What recvmsg has written, as a 64-bit machine lays it out; `room` control bytes from `control` on. */
interface Received {
  control: DataView;
  room: number;
  controllen: number;
  flags: number;
  data: Uint8Array;
  /** Offset of the first message of that type of SOL_SOCKET, or -1. */
  find(type: number): number;
  setControllen(value: number): void;
  setFlags(value: number): void;
}

const little = true;
const BEYOND = 64;

function look(msghdr: number, room: number): Received {
  const header = new DataView(koffi.view(BigInt(msghdr), 56));
  const control = new DataView(koffi.view(header.getBigUint64(32, little), room + BEYOND));
  const iovec = new DataView(koffi.view(header.getBigUint64(16, little), 16));
  const controllen = header.getUint32(40, little);
  return {
    control,
    room,
    controllen,
    flags: header.getInt32(48, little),
    data: new Uint8Array(koffi.view(iovec.getBigUint64(0, little), 1)),
    find(type) {
      for (let at = 0; at + 16 <= controllen; ) {
        if (control.getInt32(at + 12, little) === type) return at;
        at += (control.getUint32(at, little) + 7) & ~7;
      }
      return -1;
    },
    setControllen: (value) => header.setUint32(40, value, little),
    setFlags: (value) => header.setInt32(48, value, little),
  };
}

/** The system's recvmsg, after which `change` alters what it wrote. */
function altering(change: (received: Received) => void): (calls: Calls) => Calls {
  return (calls) => ({
    ...calls,
    recvmsg(fd, msghdr, flags) {
      const room = new DataView(koffi.view(BigInt(msghdr), 56)).getUint32(40, little);
      const result = calls.recvmsg(fd, msghdr, flags);
      if (result >= 0) change(look(msghdr, room));
      return result;
    },
  });
}

/** sendmsg that fails with `errno` where there are control data, without a call. */
function failing(errno: number): (calls: Calls) => Calls {
  return (calls) => {
    let isOurs = false;
    return {
      ...calls,
      sendmsg: () => {
        isOurs = true;
        return -1;
      },
      errno: () => (isOurs ? errno : calls.errno()),
    };
  };
}

const RIGHTS = 1;
const CREDENTIALS = 2;

/** Where the first message of a type has its payload; undefined where it has none, or less than `size` bytes. */
function payloadOf(received: Received, type: number, size: number): number | undefined {
  const at = received.find(type);
  return at >= 0 && received.control.getUint32(at, little) >= 16 + size ? at + 16 : undefined;
}

function firstFd(received: Received): number {
  const at = payloadOf(received, RIGHTS, 4);
  return at === undefined ? -1 : received.control.getInt32(at, little);
}

/** Each by its name, with the class of the finding that it must lead to. */
export const FAULTS: readonly { name: string; fault: (calls: Calls) => Calls; out: string }[] = [
  {
    name: 'another file arrives',
    fault: altering((received) => {
      const fd = firstFd(received);
      if (fd >= 0) dup2(0, fd);
    }),
    out: 'payload:rights',
  },
  {
    name: 'another pid arrives',
    fault: altering((received) => {
      const at = payloadOf(received, CREDENTIALS, 4);
      if (at !== undefined) received.control.setInt32(at, process.pid + 1, little);
    }),
    out: 'payload:credentials',
  },
  {
    name: 'another gid arrives',
    fault: altering((received) => {
      const at = payloadOf(received, CREDENTIALS, 12);
      if (at !== undefined) received.control.setUint8(at + 8, ~received.control.getUint8(at + 8));
    }),
    out: 'payload:credentials',
  },
  {
    name: 'another byte arrives',
    fault: altering(({ data }) => data.set([~(data[0] as number)])),
    out: 'payload:data',
  },
  {
    name: 'descriptors get lost without room being short',
    fault: altering((received) => {
      if (received.find(RIGHTS) !== 0) return;
      const { control, controllen } = received;
      const size = control.getUint32(0, little);
      for (let at = 16; at < size; at += 4) systemCalls().close(control.getInt32(at, little));
      for (let at = 0; at < controllen; at++) control.setUint8(at, 0xaa);
      received.setControllen(0);
    }),
    out: 'payload:missing',
  },
  {
    name: 'a message comes that was not asked for',
    fault: altering((received) => {
      const at = received.find(CREDENTIALS);
      if (at >= 0) received.control.setInt32(at + 12, 99, little);
    }),
    out: 'payload:unasked',
  },
  {
    name: 'a length is less than a header',
    fault: altering((received) => {
      if (received.find(CREDENTIALS) === 0) received.control.setUint32(0, 15, little);
    }),
    out: 'strict:malformed',
  },
  {
    name: 'a length reaches beyond the end',
    fault: altering((received) => {
      if (received.find(CREDENTIALS) === 0) received.control.setUint32(0, received.controllen + 1, little);
    }),
    out: 'strict:malformed',
  },
  {
    name: 'more is said to have been written than there is room',
    fault: altering((received) => received.setControllen(received.room + 1)),
    out: 'strict:controllen',
  },
  {
    name: 'the bytes between a payload and the next message are written',
    fault: altering((received) => {
      const at = payloadOf(received, CREDENTIALS, 12);
      if (at !== undefined && received.controllen >= at + 16) received.control.setUint8(at + 12, 0);
    }),
    out: 'strict:pad',
  },
  {
    name: 'a byte behind the room is written',
    fault: altering(({ control, room }) => control.setUint8(room + 3, 0)),
    out: 'strict:pad',
  },
  {
    name: 'bytes that are no message are counted',
    fault: altering((received) => received.setControllen(Math.min(received.room, received.controllen + 7))),
    out: 'strict:trailing',
  },
  {
    name: 'MSG_CTRUNC is set though all came',
    fault: altering((received) => received.setFlags(received.flags | MSG_CTRUNC)),
    out: 'flags:ctrunc',
  },
  {
    name: 'MSG_CTRUNC is not set though some is missing',
    fault: altering((received) => received.setFlags(received.flags & ~MSG_CTRUNC)),
    out: 'flags:ctrunc',
  },
  {
    name: 'another flag is set',
    fault: altering((received) => received.setFlags(received.flags | MSG_TRUNC)),
    out: 'flags:unasked',
  },
  {
    name: 'FD_CLOEXEC is not set though it was asked for, or is though it was not',
    fault: altering((received) => {
      const fd = firstFd(received);
      if (fd >= 0) fcntl(fd, F_SETFD, systemCalls().getFlags(fd) ^ 1);
    }),
    out: 'flags:cloexec',
  },
  {
    name: 'a buffer is refused with an errno that nothing in it allows',
    fault: failing(EPERM),
    out: 'errno:EPERM',
  },
  { name: 'a socket that has room is said to be full', fault: failing(EAGAIN), out: 'errno:EAGAIN' },
  {
    name: 'a buffer is taken that must be refused',
    fault: (calls) => ({ ...calls, sendmsg: (...args) => Math.max(calls.sendmsg(...args), 0) + 1 }),
    out: 'errno:none',
  },
  {
    name: 'what was sent does not arrive',
    fault: (calls) => ({
      ...calls,
      recvmsg(fd, msghdr, flags) {
        calls.recvmsg(fd, msghdr, flags);
        return calls.recvmsg(fd, msghdr, flags);
      },
    }),
    out: 'errno:recvmsg:EAGAIN',
  },
  {
    name: 'a descriptor stays open that nobody was told of',
    fault: altering((received) => {
      const fd = firstFd(received);
      if (fd >= 0) fcntl(fd, F_DUPFD, 0);
    }),
    out: 'leak',
  },
  {
    name: 'what is closed stays open',
    fault: (calls) => ({ ...calls, closeRange: () => 0 }),
    out: 'leak',
  },
];
