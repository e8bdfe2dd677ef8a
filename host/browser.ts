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

/** Throws: there is no descriptor here. */
export function closeAll(): never {
  throw needLinux();
}

/** A class that nothing is an instance of here. */
export class OwnedFd {
  constructor() {
    throw needLinux();
  }

  static isOwnedFd(): false {
    return false;
  }

  static adopt(): never {
    throw needLinux();
  }
}

/** As OwnedFd; there is nobody to connect to. */
export class UnixStream {
  constructor() {
    throw needLinux();
  }

  static connectSync(): never {
    throw needLinux();
  }

  static async connect(): Promise<never> {
    throw needLinux();
  }
}

/** As OwnedFd; there is nobody to listen to. */
export class UnixListener {
  constructor() {
    throw needLinux();
  }

  static listenSync(): never {
    throw needLinux();
  }

  static async listen(): Promise<never> {
    throw needLinux();
  }
}

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

/** As connect, below: what is asynchronous rejects. */
export async function toFileHandle(): Promise<never> {
  throw needLinux();
}

export const fromFileHandle = toFileHandle;
