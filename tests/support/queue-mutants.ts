/** Rules of the model of a queue, each with another in its place: `[what is wrong then, file, line, becomes]`. */

const SEND = 'send.ts';
const RECEIVE = 'receive.ts';
const CONTROL = 'control.ts';
const FOLDER = 'assembly/kernel/queue/';

const ROWS: readonly (readonly [name: string, file: string, line: string, becomes: string])[] = [
  ['a message of msgmax bytes is too long', SEND, 'size > <i64>msgmax', 'size >= <i64>msgmax'],
  ['a message may be one byte longer than msgmax', SEND, 'size > <i64>msgmax', 'size > <i64>msgmax + 1'],
  ['type 0 may be sent', SEND, 'if (type < 1) return', 'if (type < 0) return'],
  ['a queue is full one byte earlier', SEND, '+ size <= qbytes', '+ size < qbytes'],
  ['messages without bytes are not counted', SEND, 'load<u32>(queue, QNUM) + 1 <= qbytes', 'true'],
  [
    'a full queue is told before permission',
    SEND,
    'if (!isGranted(queue, WRITE)) return -EACCES;',
    `
    if (!fits(queue, <u32>size)) return -EAGAIN;
    if (!isGranted(queue, WRITE)) return -EACCES;`,
  ],
  [
    'an unknown id is told before a bad pointer',
    SEND,
    'if (<u64>size > there - MTYPE) return -EFAULT;',
    `
    if (queue == 0) return -EINVAL;
    if (<u64>size > there - MTYPE) return -EFAULT;`,
  ],
  ['sending asks for reading', SEND, 'isGranted(queue, WRITE)', 'isGranted(queue, 4)'],
  ['sending does not write its pid', SEND, 'store<u32>(queue, 1, IS_SENT);', ''],
  ['type 0 is the newest', RECEIVE, 'count > 0 ? 0 : -1;', '<i32>count - 1;'],
  ['of the smallest type the newest comes', RECEIVE, 'type >= least', 'type > least'],
  ['a negative type is the oldest up to it', RECEIVE, 'type >= least', 'true'],
  ['a negative type does not count itself', RECEIVE, 'if (type > most', 'if (type >= most'],
  ['LONG_MIN is no type', RECEIVE, 'type == i64.MIN_VALUE ? i64.MAX_VALUE : -type', '-type'],
  ['MSG_EXCEPT is ignored', RECEIVE, '!= isOther', '!= false'],
  [
    'MSG_EXCEPT holds for negative types',
    RECEIVE,
    'if (type < 0) return findLeast',
    'if (type < 0 && !(flags & MSG_EXCEPT)) return findLeast',
  ],
  ['room that is just enough is too small', RECEIVE, '<u64>size < whole &&', '<u64>size <= whole &&'],
  ['MSG_NOERROR is ignored', RECEIVE, ' && !(flags & MSG_NOERROR)', ''],
  [
    'the rest of a message that was cut stays counted',
    RECEIVE,
    'load<u32>(queue, CBYTES) - load<u32>(message, SIZE)',
    'load<u32>(queue, CBYTES) - <u32>size',
  ],
  ['MSG_COPY with too little room cuts', RECEIVE, 'isCopy && copied < whole', 'false'],
  ['MSG_COPY takes the message out', RECEIVE, '!isCopy);', 'true);'],
  ['MSG_COPY goes with MSG_EXCEPT', RECEIVE, 'flags & MSG_EXCEPT || !(flags & IPC_NOWAIT)', '!(flags & IPC_NOWAIT)'],
  ['MSG_COPY may wait', RECEIVE, 'flags & MSG_EXCEPT || !(flags & IPC_NOWAIT)', 'flags & MSG_EXCEPT'],
  [
    'MSG_COPY counts positions from 1',
    RECEIVE,
    'type < <i64>count ? <i32>type : -1',
    'type < <i64>count + 1 ? <i32>type - 1 : -1',
  ],
  [
    'MSG_COPY takes a position as an int',
    RECEIVE,
    'type >= 0 && type < <i64>count',
    '<i32>type >= 0 && <i32>type < <i32>count',
  ],
  ['MSG_COPY reads nothing of its room', RECEIVE, 'if (copied > there) return -EFAULT;', ''],
  [
    'what cannot be copied stays',
    RECEIVE,
    'if (isRemoved) {',
    'if (isRemoved && Call.bytesThere() == u64.MAX_VALUE) {',
  ],
  ['receiving asks for writing', RECEIVE, 'isGranted(queue, READ)', 'isGranted(queue, 2)'],
  ['receiving does not write its pid', RECEIVE, 'store<u32>(queue, 1, IS_RECEIVED);', ''],
  ['IPC_EXCL alone refuses', CONTROL, 'flags & IPC_CREAT && flags & IPC_EXCL', 'flags & IPC_EXCL'],
  ['one more queue than msgmni', CONTROL, 'count >= msgmni', 'count > msgmni'],
  [
    'msgget asks for the bits of the owner only',
    CONTROL,
    '((flags >> 6) | (flags >> 3) | flags) & 7',
    '(flags >> 6) & 7',
  ],
  [
    'msgget does not ask for the bits of the group',
    CONTROL,
    '(flags >> 6) | (flags >> 3) | flags',
    '(flags >> 6) | flags',
  ],
  [
    'msgget does not ask for the bits of others',
    CONTROL,
    '(flags >> 6) | (flags >> 3) | flags',
    '(flags >> 6) | (flags >> 3)',
  ],
  ['msgget without bits asks for reading', CONTROL, '| flags) & 7;', '| flags) & 7 | READ;'],
  [
    'a new queue holds half of msgmnb',
    CONTROL,
    'store<u32>(queue, msgmnb, QBYTES)',
    'store<u32>(queue, msgmnb >> 1, QBYTES)',
  ],
  ['msgmnb is above the limit', CONTROL, 'qbytes > msgmnb', 'qbytes >= msgmnb'],
  [
    'the upper half of msg_qbytes counts',
    CONTROL,
    'const qbytes = load<u32>(call, Call.SIZE);',
    `
    if (load<u64>(call, Call.SIZE) > msgmnb) return -EPERM;
    const qbytes = load<u32>(call, Call.SIZE);`,
  ],
  [
    'a user that there cannot be is told before EPERM',
    CONTROL,
    'if (qbytes > msgmnb) return -EPERM;',
    `
    if (load<u32>(call, Call.NO_USER)) return -EINVAL;
    if (qbytes > msgmnb) return -EPERM;`,
  ],
  ['IPC_SET leaves the mode', CONTROL, 'store<u32>(queue, load<u32>(call, Call.FLAGS) & PERMISSIONS, MODE);', ''],
  ['MSG_STAT_ANY asks for reading', CONTROL, 'kind != Call.MSG_STAT_ANY && ', ''],
  [
    'a bad pointer is told before permission',
    CONTROL,
    'if (kind != Call.MSG_STAT_ANY',
    `
    if (load<u32>(call, Call.POINTER) != Call.BUFFER) return -EFAULT;
    if (kind != Call.MSG_STAT_ANY`,
  ],
];

export const QUEUE_MUTANTS = ROWS.map(([name, file, line, becomes]) => ({
  name,
  file: `${FOLDER}${file}`,
  line,
  becomes,
}));
