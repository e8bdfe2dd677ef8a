/**
 * `ancillary` in a browser: the codec, and the names of the sockets, so that a program which has them for elsewhere can
 * be bundled and imported. Each call says what it needs.
 */
import { AncillaryError } from './errors/error.js';

export * from './codec.js';

function needLinux(): AncillaryError {
  return new AncillaryError(
    'ERR_UNSUPPORTED',
    'sockets need Node.js on Linux, this is the build for browsers; encode, parse and walk work everywhere',
  );
}

/** Throws: there is no system call here. */
export function socketpair(): never {
  throw needLinux();
}

/** Throws: there is no socket to be reached here. */
export function parseAddress(): never {
  throw needLinux();
}

/** Throws: there is no descriptor here. */
export function closeAll(): never {
  throw needLinux();
}

type Absent<Sync extends string, Later extends string> = (new () => never) &
  Record<Sync, () => never> &
  Record<Later, () => Promise<never>>;

/** A class that nothing is an instance of here, with its static functions: those that are asynchronous reject. */
function absentClass<Sync extends string, Later extends string = never>(
  sync: readonly Sync[],
  later: readonly Later[] = [],
): Absent<Sync, Later> {
  class AbsentClass {
    constructor() {
      throw needLinux();
    }
  }
  for (const name of sync) Object.defineProperty(AbsentClass, name, { value: socketpair });
  for (const name of later) Object.defineProperty(AbsentClass, name, { value: rejectLater });
  return AbsentClass as unknown as Absent<Sync, Later>;
}

/** What is asynchronous rejects. */
async function rejectLater(): Promise<never> {
  throw needLinux();
}

/** Whether something is one: nothing is. */
const isOwnedFd = (): false => false;

export const OwnedFd = Object.assign(absentClass(['adopt']), { isOwnedFd });
export const UnixStream = absentClass(['adopt', 'connectSync'], ['connect']);
export const UnixSeqpacket = absentClass(['adopt', 'connectSync'], ['connect']);
export const UnixDatagram = absentClass(['adopt', 'bindSync', 'connectSync'], ['bind', 'connect']);
export const UdpSocket = absentClass(['adopt', 'bindSync', 'connectSync'], ['bind', 'connect']);
export const UnixListener = absentClass(['adopt', 'listenSync'], ['listen']);
export const UnixSeqpacketListener = absentClass(['adopt', 'listenSync'], ['listen']);

/** Empty: they are Linux's. */
export const constants = Object.freeze({});
export const eventfd = socketpair;
export const memfd = socketpair;
export const openPty = socketpair;
export const pidfd = socketpair;
export const pipe = socketpair;

export const toNetSocket = socketpair;
export const toNetServer = socketpair;
export const toDgram = socketpair;
export const toReadStream = socketpair;
export const toWriteStream = socketpair;
export const toTty = socketpair;
export const fromNetSocket = socketpair;
export const fromNetServer = socketpair;
export const fromDgram = socketpair;

export const toFileHandle = rejectLater;
export const fromFileHandle = rejectLater;
