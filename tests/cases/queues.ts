/**
 * Sequences on queues, and what each call returns: of msgget which queue, of what is received its bytes and its type. The
 * model is held to them, and the running kernel to the model.
 */
import {
  FLAGS,
  get,
  MODE,
  negativeId,
  otherSequence,
  receive,
  remove,
  SIZE,
  send,
  set,
  stat,
  TYPE,
} from '../support/queue-calls.js';

/** Types in the order of a queue: 5, 2, 3, 2, 1, 4, with as many bytes as their place. */
const MIXED = [5, 2, 3, 2, 1, 4].map((type, i) => send(type, i));
const times = (count: number, operation: number[]) => Array.from({ length: count }, () => operation);

const ON_MIXED: readonly QueueCase[] = [
  { name: 'type 0 takes the oldest', in: [receive(0), receive(0)], out: ['0, type 5', '1, type 2'] },
  {
    name: 'a type takes the oldest of it',
    in: [receive(2), receive(2), receive(2)],
    out: ['1, type 2', '3, type 2', 'ENOMSG'],
  },
  {
    name: 'a negative type takes the oldest of the smallest up to it',
    in: [receive(-4), receive(-4), receive(-4), receive(-4), receive(-4), receive(-4)],
    out: ['4, type 1', '1, type 2', '3, type 2', '2, type 3', '5, type 4', 'ENOMSG'],
  },
  { name: 'LONG_MIN takes the smallest of all', in: [receive(TYPE.longMin)], out: ['4, type 1'] },
  { name: 'LONG_MAX takes its own', in: [receive(TYPE.longMax)], out: ['ENOMSG'] },
  { name: 'MSG_EXCEPT takes the oldest of another type', in: [receive(5, 100, FLAGS.EXCEPT)], out: ['1, type 2'] },
  {
    name: 'MSG_EXCEPT says nothing to type 0 and to negative types',
    in: [receive(-6, 100, FLAGS.EXCEPT), receive(0, 100, FLAGS.EXCEPT)],
    out: ['4, type 1', '0, type 5'],
  },
  {
    name: 'too little room is E2BIG, and the message stays',
    in: [receive(4, 4), receive(4, 5)],
    out: ['E2BIG', '5, type 4'],
  },
  {
    name: 'MSG_NOERROR cuts, and the rest is gone',
    in: [receive(4, 3, FLAGS.NOERROR), receive(4)],
    out: ['3, type 4', 'ENOMSG'],
  },
  {
    name: 'MSG_COPY looks at a position, and takes nothing',
    in: [
      receive(4, 100, FLAGS.COPY),
      receive(4, 100, FLAGS.COPY),
      receive(6, 100, FLAGS.COPY),
      receive(-1, 100, FLAGS.COPY),
      receive(TYPE.two32, 100, FLAGS.COPY),
    ],
    out: ['4, type 1', '4, type 1', 'ENOMSG', 'ENOMSG', 'ENOMSG'],
  },
  {
    name: 'MSG_COPY with too little room is E2BIG, and EINVAL with MSG_NOERROR',
    in: [receive(5, 2, FLAGS.COPY), receive(5, 2, FLAGS.COPY | FLAGS.NOERROR)],
    out: ['E2BIG', 'EINVAL'],
  },
  {
    name: 'MSG_COPY goes neither with MSG_EXCEPT nor with waiting',
    in: [receive(0, 100, FLAGS.COPY | FLAGS.EXCEPT), receive(0, 100, FLAGS.COPY | FLAGS.WAITS)],
    out: ['EINVAL', 'EINVAL'],
  },
  {
    name: 'what cannot be copied to the caller is EFAULT, and gone',
    in: [receive(4, 100, FLAGS.NULL), receive(4)],
    out: ['EFAULT', 'ENOMSG'],
  },
  {
    name: 'at the edge of memory a message without bytes has room',
    in: [receive(5, 100, FLAGS.EDGE), receive(4, 100, FLAGS.EDGE)],
    out: ['0, type 5', 'EFAULT'],
  },
  {
    name: 'MSG_COPY reads what it writes to',
    in: [receive(0, 9, FLAGS.COPY | FLAGS.EDGE), receive(0, 8, FLAGS.COPY | FLAGS.EDGE)],
    out: ['EFAULT', '0, type 5'],
  },
  {
    name: 'no size is EINVAL, before an unknown id',
    in: [receive(0, SIZE.minus1), otherSequence(receive(0, SIZE.minus1))],
    out: ['EINVAL', 'EINVAL'],
  },
  { name: 'a size above 2^32 is room', in: [receive(4, SIZE.two32)], out: ['5, type 4'] },
];

const ON_EMPTY: readonly QueueCase[] = [
  {
    name: 'types below 1 cannot be sent',
    in: [send(TYPE.zero, 0), send(TYPE.minus7, 0), send(TYPE.longMin, 0), send(TYPE.longMax, 0)],
    out: ['EINVAL', 'EINVAL', 'EINVAL', '0'],
  },
  {
    name: 'a message has at most msgmax bytes, a queue msgmnb',
    in: [send(1, SIZE.aboveMax), send(1, SIZE.max), send(1, SIZE.max), send(1, 1), send(1, 0)],
    out: ['EINVAL', '0', '0', 'EAGAIN', '0'],
  },
  {
    name: 'messages are counted as well',
    in: [set(2), send(1, 0), send(1, 0), send(1, 0), receive(0), send(1, 0)],
    out: ['0', '0', '0', 'EAGAIN', '0, type 1', '0'],
  },
  {
    name: 'a limit below what is held lets nothing more in',
    in: [send(1, 9), set(4), send(1, 0), receive(0), send(1, 5), send(1, 4)],
    out: ['0', '0', 'EAGAIN', '9, type 1', 'EAGAIN', '0'],
  },
  { name: 'a limit of 0 lets nothing in', in: [set(0), send(1, 0)], out: ['0', 'EAGAIN'] },
  {
    name: 'a limit above msgmnb is EPERM, and only its lower half counts',
    in: [set(SIZE.mnb), set(SIZE.aboveMnb), set(SIZE.minus1), set(SIZE.two32), send(1, 0)],
    out: ['0', 'EPERM', 'EPERM', '0', 'EAGAIN'],
  },
  {
    name: 'IPC_SET: EFAULT, then EINVAL for the id, EPERM, EINVAL for the user',
    in: [
      otherSequence(set(SIZE.aboveMnb, 0, 255)),
      otherSequence(set(SIZE.aboveMnb)),
      set(SIZE.aboveMnb, 0, 232),
      set(1, 0, 232),
    ],
    out: ['EFAULT', 'EINVAL', 'EPERM', 'EINVAL'],
  },
  {
    name: 'msgsnd: EFAULT for the type, EINVAL, EFAULT for the text, EINVAL for the id',
    in: [
      send(1, SIZE.minus1, FLAGS.NULL),
      send(TYPE.zero, 1, FLAGS.EDGE),
      otherSequence(send(1, 1, FLAGS.EDGE)),
      otherSequence(send(1, 0, FLAGS.EDGE)),
      send(1, 0, FLAGS.EDGE),
    ],
    out: ['EFAULT', 'EINVAL', 'EFAULT', 'EINVAL', '0'],
  },
  {
    name: 'permission is asked before there is room, and before a message is looked for',
    in: [
      set(0, MODE.read),
      send(1, 1),
      receive(0),
      set(1, MODE.write),
      receive(0),
      send(1, 1),
      stat(),
      stat(2),
      stat(3),
    ],
    out: ['0', 'EACCES', 'ENOMSG', '0', 'EACCES', '0', 'EACCES', 'EACCES', 'id of q0'],
  },
  {
    name: 'a stat: EINVAL, EACCES, EFAULT',
    in: [
      negativeId(stat(0, FLAGS.NULL)),
      stat(0, FLAGS.NULL),
      set(1, MODE.none),
      stat(0, FLAGS.NULL),
      stat(3, FLAGS.NULL),
    ],
    out: ['EINVAL', 'EFAULT', '0', 'EACCES', 'EFAULT'],
  },
  {
    name: 'an index is enough for MSG_STAT, but not for IPC_STAT',
    in: [otherSequence(stat(2)), otherSequence(stat())],
    out: ['id of q0', 'EINVAL'],
  },
  {
    name: 'a key is of one queue, until that is removed',
    in: [
      get(1, 0, 1),
      get(1),
      get(1),
      get(1, 0, 2),
      get(1, 0, 3),
      get(0),
      remove(1),
      get(1, 0, 1),
      send(1, 0, 0, 1),
      get(1),
    ],
    out: ['ENOENT', 'q1', 'q1', 'EEXIST', 'q1', 'q2', '0', 'ENOENT', 'EINVAL', 'q1'],
  },
  {
    name: 'bits that the owner has not are EACCES',
    in: [get(1, MODE.read), get(1), get(1, MODE.read), get(1, MODE.none), get(1, MODE.write)],
    out: ['q1', 'EACCES', 'q1', 'q1', 'EACCES'],
  },
  {
    name: 'there are msgmni queues at most',
    in: [get(0), get(0), get(0), remove(), get(0)],
    out: ['q1', 'q2', 'ENOSPC', '0', 'q0'],
  },
  {
    name: 'a queue that was removed is EINVAL',
    in: [remove(), remove(), send(1, 0), receive(0), stat(), stat(3), set(1)],
    out: ['0', ...times(6, []).map(() => 'EINVAL')],
  },
  {
    name: 'a new queue has nothing of the one before',
    in: [send(3, 7), set(9), remove(), get(0), receive(0), send(1, SIZE.max)],
    out: ['0', '0', '0', 'q0', 'ENOMSG', '0'],
  },
  {
    name: 'queues do not mix',
    in: [get(0), send(3, 7), send(4, 1, 0, 1), receive(3, 100, 0, 1), receive(0, 100, 0, 1)],
    out: ['q1', '0', '0', 'ENOMSG', '1, type 4'],
  },
  {
    name: '163 messages of 100 bytes, and 84 bytes',
    in: [...times(164, send(1, 100)), send(1, 85), send(1, 84), send(1, 1), send(1, 0)],
    out: [...Array<string>(163).fill('0'), 'EAGAIN', 'EAGAIN', '0', 'EAGAIN', '0'],
  },
];

export interface QueueCase {
  readonly name: string;
  /** Operations of four bytes each. */
  readonly in: readonly (readonly number[])[];
  readonly out: readonly string[];
}

export const QUEUE_CASES: readonly QueueCase[] = [
  ...ON_EMPTY,
  ...ON_MIXED.map((row) => ({
    name: row.name,
    in: [...MIXED, ...row.in],
    out: [...MIXED.map(() => '0'), ...row.out],
  })),
];
