/** The system calls that a case makes: a seam, so that a test can have one of them lie. */
import { AncillaryError } from '../../../errors/error.js';
import { F_GETFD, SYS_FSTAT } from '../../../libc/constants.js';
import type { Koffi } from '../../../libc/load.js';
import { native } from '../../../libc/native.js';

/** Pointers are native addresses; a negative result means: look at errno(). */
export interface Calls {
  sendmsg(fd: number, msghdr: number, flags: number): number;
  recvmsg(fd: number, msghdr: number, flags: number): number;
  /** Writes struct stat at `out`. */
  fstat(fd: number, out: number): number;
  close(fd: number): number;
  /** Closes every descriptor from `first` to `last`. */
  closeRange(first: number, last: number): number;
  /** The descriptor's flags, F_GETFD of fcntl(2). */
  getFlags(fd: number): number;
  errno(): number;
}

/** Bytes that struct stat may have on any machine, and then some. */
export const STAT_ROOM = 256;

/** The system's own, each as near to the system call as this libc has it. */
export function systemCalls(): Calls {
  const { koffi, libc, codec, abi } = native();
  if (codec.exports.abiWord(abi) !== 8) {
    throw new AncillaryError('ERR_UNSUPPORTED', 'the kernel is fuzzed on 64-bit machines only: struct stat is read');
  }
  // Through the object each time: a function there is bound when it is first called, and replaced by what was bound.
  return {
    sendmsg: (fd, msghdr, flags) => libc.sendmsg(fd, msghdr, flags),
    recvmsg: (fd, msghdr, flags) => libc.recvmsg(fd, msghdr, flags),
    fstat: bindFstat(koffi),
    close: (fd) => libc.close(fd),
    closeRange: (first, last) => libc.closeRange(first, last),
    getFlags: (fd) => libc.fcntl(fd, F_GETFD, 0),
    errno: bindErrno(koffi),
  };
}

/** The system call itself where its number is known: glibc asks for a path of no characters, which takes a tenth longer. */
function bindFstat(koffi: Koffi): Calls['fstat'] {
  const library = koffi.load(null);
  const number = SYS_FSTAT[process.arch];
  if (number !== undefined) {
    const syscall = library.func('long syscall(long, long, uintptr_t)');
    return (fd, out) => syscall(number, fd, out) as number;
  }
  try {
    return library.func('int fstat(int, uintptr_t)') as Calls['fstat'];
  } catch {
    // glibc before 2.33 exports another; 1 is the layout of the kernel's own struct.
    const versioned = library.func('int __fxstat(int, int, uintptr_t)');
    return (fd, out) => versioned(1, fd, out) as number;
  }
}

/** This thread's errno where it lies, without a call: more than half of all cases look at it. */
function bindErrno(koffi: Koffi): Calls['errno'] {
  const at: number = koffi.load(null).func('uintptr_t __errno_location()')();
  const cell = new Int32Array(koffi.view(BigInt(at), Int32Array.BYTES_PER_ELEMENT));
  return () => cell[0] as number;
}
