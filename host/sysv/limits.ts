import { native, systemError } from './base.js';
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

/** struct msginfo of include/uapi/linux/msg.h: seven ints and a short, the same for every architecture. */
const MSGINFO = { msgpool: 0, msgmap: 4, msgmax: 8, msgmnb: 12, msgmni: 16, msgtql: 24 };
const MSGINFO_SIZE = 32;

/** The limits, or undefined where they cannot be read. */
export function readLimits(): QueueLimits | undefined {
  return readMsginfo(IPC_INFO, (at) => ({ msgmax: at('msgmax'), msgmnb: at('msgmnb'), msgmni: at('msgmni') }));
}

/** The limits of this IPC namespace and what its queues hold, of everybody: see msgctl(2), MSG_INFO. */
export function queueInfo(): QueueInfo {
  const limits = readLimits();
  const held = readMsginfo(MSG_INFO, (at) => ({ queues: at('msgpool'), messages: at('msgmap'), bytes: at('msgtql') }));
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

function readMsginfo<T>(command: number, read: (at: (name: keyof typeof MSGINFO) => number, result: number) => T) {
  const { codec, base } = native();
  return codec.arena.lend(MSGINFO_SIZE, (at): T | undefined => {
    const result = queueCalls().msgctl(0, command, base + at);
    return result < 0 ? undefined : read((name) => codec.ints[(at + MSGINFO[name]) >> 2] as number, result);
  });
}
