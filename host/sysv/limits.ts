import { native, readStructNamed, readStructValues, systemError } from './base.js';
import { queueCalls } from './calls.js';
import { IPC_INFO, MSG_INFO } from './constants.js';

/** The limits of the IPC namespace, by the names of sysctl. */
export interface QueueLimits {
  /** The most bytes of one message. */
  msgmax: number;
  /** The qbytes of a new queue; more needs CAP_SYS_RESOURCE. */
  msgmnb: number;
  /** The most queues. */
  msgmni: number;
}

/** The limits of the IPC namespace, and what it holds. */
export interface QueueInfo extends QueueLimits {
  /** How many queues there are. */
  queues: number;
  /** How many messages, in all of them. */
  messages: number;
  /** How many bytes these have. */
  bytes: number;
}

/** The limits, or undefined where they cannot be read. */
export function readLimits(): QueueLimits | undefined {
  return readMsginfo(IPC_INFO, ({ msgmax, msgmnb, msgmni }) => ({ msgmax, msgmnb, msgmni }));
}

/** The limits of this IPC namespace and what its queues hold, of everybody: see msgctl(2), MSG_INFO. */
export function queueInfo(): QueueInfo {
  const limits = readLimits();
  const held = readMsginfo(MSG_INFO, ({ msgpool, msgmap, msgtql }) => ({
    queues: msgpool,
    messages: msgmap,
    bytes: msgtql,
  }));
  if (limits && held) return { ...limits, ...held };
  throw systemError(
    'msgctl',
    queueCalls().errno(),
    'to ask for limits',
    'this kernel or sandbox has no System V queues',
  );
}

/** The highest index of a queue, or -1 where that cannot be asked. */
export function highestIndex(): number {
  let highest = -1;
  readMsginfo(MSG_INFO, (_, result) => {
    highest = result;
  });
  return highest;
}

/** struct msginfo as include/uapi/linux/msg.h has it; MSG_INFO says other things in it than its names do. */
type Msginfo = Record<'msgpool' | 'msgmap' | 'msgmax' | 'msgmnb' | 'msgmni' | 'msgtql', number>;

function readMsginfo<T>(command: number, read: (info: Msginfo, result: number) => T): T | undefined {
  const { codec, abiId, base } = native();
  const size = readStructNamed(codec, abiId, 'msginfo')?.size ?? 0;
  return codec.arena.lend(size, (at) => {
    const result = queueCalls().msgctl(0, command, base + at);
    if (result < 0) return undefined;
    return read(readStructValues(codec, abiId, 'msginfo', codec.bytes.slice(at, at + size)) as Msginfo, result);
  });
}
