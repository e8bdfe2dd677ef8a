import { AncillaryError } from '../errors/error.js';
import { closeAside } from '../fd/close-aside.js';
import { callError } from '../fd/give.js';
import {
  FIONREAD,
  MSG_CMSG_CLOEXEC,
  MSG_CTRUNC,
  MSG_DONTWAIT,
  MSG_PEEK,
  SO_OOBINLINE,
  SO_PASSCRED,
  SO_PASSPIDFD,
  SO_PASSRIGHTS,
  SO_PASSSEC,
  SO_PEEK_OFF,
} from '../libc/constants.js';
import { EAGAIN, EINTR } from '../libc/errno.js';
import { type Native, native } from '../libc/native.js';
import { type Field, readStructNamed, type Struct } from '../model/layout.js';
import { parseControl } from '../model/parse.js';
import { reserveStack } from '../runtime/stack.js';
import { getOption, trySetOption } from '../socket/options/socket-options.js';

/*
 * Node reads a Unix socket with read(2), and then the kernel closes unseen the descriptors that stand among the bytes.
 */

/**
 * Options that have a read end where the sender changes. libuv takes a short read for all that there is, and when the
 * peer has closed it would drop the rest.
 */
const PARTING = [SO_PASSCRED, SO_PASSPIDFD, SO_PASSSEC];

type Settings = readonly (readonly [option: number, value: number | undefined])[];

/** How the sockets were that have been adopted here. */
const settingsBefore = new WeakMap<object, Settings>();

/**
 * Runs `adopt` on a connected Unix stream socket if no descriptors are queued on it; otherwise throws `ERR_BUSY`. Since
 * Linux 6.16 none can come later either: from now on the kernel refuses them to the sender (SO_PASSRIGHTS). Before, a
 * peer may send some after the look, and they are lost. After a failure everything is as before.
 */
export function withoutDescriptors<T extends object>(fd: number, adopt: () => T): T {
  const options = [SO_PASSRIGHTS, SO_OOBINLINE, ...PARTING];
  const before: Settings = options.map((option) => [option, getOption(fd, option)] as const);
  try {
    // In this order: nothing can come between the look and the refusal.
    trySetOption(fd, SO_PASSRIGHTS, 0);
    // What is out of band a look would pass over, and read(2) would drop.
    trySetOption(fd, SO_OOBINLINE, 1);
    if (hasDescriptors(fd)) {
      throw new AncillaryError(
        'ERR_BUSY',
        'descriptors are queued on this socket, which Node would drop: receive them first',
      );
    }
    for (const option of PARTING) trySetOption(fd, option, 0);
    const adopted = adopt();
    settingsBefore.set(adopted, before);
    return adopted;
  } catch (error) {
    setOptions(fd, before);
    throw error;
  }
}

/** Has the socket `fd`, which is taken out of what `adopt` made of it, as it was before that. */
export function takeDescriptorsAgain(adopted: object, fd: number): void {
  setOptions(fd, settingsBefore.get(adopted) ?? []);
}

function setOptions(fd: number, settings: Settings): void {
  for (const [option, value] of settings) if (value !== undefined) trySetOption(fd, option, value);
}

/** Whether descriptors are among the bytes that can be read; takes none of them. */
function hasDescriptors(fd: number): boolean {
  const { libc, codec, base, scratch } = native();
  const unread = libc.ioctl(fd, FIONREAD, base + scratch) === 0 ? codec.view.getInt32(scratch, true) : -1;
  if (unread === 0) return false;
  // Each look goes on where the one before has ended: it ends at a message with descriptors, or of another sender.
  const before = getOption(fd, SO_PEEK_OFF);
  if (before === undefined || trySetOption(fd, SO_PEEK_OFF, 0) !== 0) {
    throw new AncillaryError('ERR_UNSUPPORTED', 'this kernel does not let one look past what can be read at once');
  }
  try {
    for (;;) {
      const seen = peek(fd);
      if (seen === 'end') return false;
      if (seen === 'descriptors') return true;
    }
  } finally {
    trySetOption(fd, SO_PEEK_OFF, before);
  }
}

const DATA_ROOM = 65536;
/** For 253 descriptors, and every other message that a socket option asks for. */
const CONTROL_ROOM = 4096;

type Seen = 'data' | 'descriptors' | 'end';

/** One look at what comes next. The duplicates of descriptors that it makes are closed where that keeps nobody. */
function peek(fd: number): Seen {
  const { libc, codec, abiId } = native();
  reserveStack();
  const { bytes, flags, control } = codec.arena.lend(DATA_ROOM + CONTROL_ROOM + 256, (at) => {
    const message = writeMsghdr(native(), at);
    let result: number;
    do {
      result = libc.recvmsg(fd, message.address, MSG_PEEK | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (result < 0 && libc.errno() === EINTR);
    if (result < 0 && libc.errno() !== EAGAIN) throw callError('recvmsg MSG_PEEK');
    return { bytes: result, flags: message.flags(), control: message.control(result) };
  });
  if (bytes <= 0) return 'end';
  const { messages } = parseControl(codec, abiId, control);
  const duplicates = messages.flatMap(({ fds = [], pidfd }) => (typeof pidfd === 'number' ? [...fds, pidfd] : fds));
  closeAside(duplicates.filter((each) => each >= 0));
  const hasCome = messages.some(({ fds }) => fds !== undefined);
  // Cut: there was no number left for a duplicate. Nothing else is as long as the room.
  return hasCome || (flags & MSG_CTRUNC) !== 0 ? 'descriptors' : 'data';
}

interface Structs {
  readonly msghdr: Struct;
  readonly iovec: Struct;
}

let structs: Structs | undefined;

/** A struct msghdr with one buffer and room for control messages, all from the offset `at` on. */
function writeMsghdr({ codec, base, abiId }: Native, at: number) {
  structs ??= {
    msghdr: readStructNamed(codec, abiId, 'msghdr') as Struct,
    iovec: readStructNamed(codec, abiId, 'iovec') as Struct,
  };
  const { msghdr, iovec } = structs;
  const { view, bytes } = codec;
  const [iov, control, data] = [at + 96, at + 128, at + 128 + CONTROL_ROOM];
  const put = (start: number, field: Field | undefined, value: number) => {
    if (field?.size === 8) view.setBigUint64(start + field.offset, BigInt(value), true);
    else if (field) view.setUint32(start + field.offset, value, true);
  };
  bytes.fill(0, at, control);
  put(iov, iovec.fields.iov_base, base + data);
  put(iov, iovec.fields.iov_len, DATA_ROOM);
  put(at, msghdr.fields.msg_iov, base + iov);
  put(at, msghdr.fields.msg_iovlen, 1);
  put(at, msghdr.fields.msg_control, base + control);
  put(at, msghdr.fields.msg_controllen, CONTROL_ROOM);
  const word = (field: Field | undefined) => view.getUint32(at + (field?.offset ?? 0), true);
  return {
    address: base + at,
    flags: () => word(msghdr.fields.msg_flags),
    control: (result: number) => bytes.slice(control, control + (result < 0 ? 0 : word(msghdr.fields.msg_controllen))),
  };
}
