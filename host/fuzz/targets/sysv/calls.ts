/** The system calls of queues: a seam, so that a test can have one of them lie. */
import { AncillaryError } from '../../../errors/error.js';
import { native } from '../../../libc/native.js';

/** Pointers are native addresses; a negative result means: look at errno(). Sizes and types are what a long holds. */
export interface QueueCalls {
  msgget(key: number, flags: number): number;
  msgsnd(id: number, message: number, size: number | bigint, flags: number): number;
  msgrcv(id: number, out: number, size: number | bigint, type: number | bigint, flags: number): number;
  msgctl(id: number, command: number, struct: number): number;
  errno(): number;
}

/** The system's own, each as near to the system call as this libc has it. */
export function queueCalls(): QueueCalls {
  const { koffi, codec, abi, abiId } = native();
  if (codec.exports.abiWord(abi) !== 8 || codec.exports.abiBig(abi) === 1) {
    throw new AncillaryError(
      'ERR_UNSUPPORTED',
      `queues are tried on 64-bit little-endian machines only, this is ${abiId}`,
    );
  }
  const library = koffi.load(null);
  return {
    msgget: library.func('int msgget(int, int)') as QueueCalls['msgget'],
    msgsnd: library.func('int msgsnd(int, uintptr_t, int64_t, int)') as QueueCalls['msgsnd'],
    msgrcv: library.func('int64_t msgrcv(int, uintptr_t, int64_t, int64_t, int)') as QueueCalls['msgrcv'],
    msgctl: library.func('int msgctl(int, int, uintptr_t)') as QueueCalls['msgctl'],
    errno: () => koffi.errno(),
  };
}
