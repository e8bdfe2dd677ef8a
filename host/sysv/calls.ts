import { native } from './base.js';

/** The functions of libc for System V message queues. Addresses are numbers; -1 means look at errno(). */
export interface QueueCalls {
  msgget(key: number, flags: number): number;
  msgsnd(id: number, message: number, size: number, flags: number): number;
  msgrcv(id: number, message: number, size: number, type: number | bigint, flags: number): number;
  msgctl(id: number, command: number, out: number): number;
  errno(): number;
  /** sizeof(long): a message is a long, its type, and then its bytes (struct msgbuf). */
  readonly long: 4 | 8;
}

let bound: QueueCalls | undefined;

/**
 * Binds all of them at once, since to terminate a worker while koffi binds would abort the process; libc's other functions
 * are bound by whoever only passes descriptors, without these.
 */
export function queueCalls(): QueueCalls {
  bound ??= bind();
  return bound;
}

function bind(): QueueCalls {
  const { koffi } = native();
  const library = koffi.load(null);
  return {
    msgget: library.func('int msgget(int, int)') as QueueCalls['msgget'],
    msgsnd: library.func('int msgsnd(int, uintptr_t, size_t, int)') as QueueCalls['msgsnd'],
    msgrcv: library.func('long msgrcv(int, uintptr_t, size_t, long, int)') as QueueCalls['msgrcv'],
    msgctl: library.func('int msgctl(int, int, uintptr_t)') as QueueCalls['msgctl'],
    errno: () => koffi.errno(),
    long: koffi.sizeof('long') as 4 | 8,
  };
}
