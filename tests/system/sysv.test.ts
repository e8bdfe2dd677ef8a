/** System V queues against the kernel: which message comes, what is refused and in which words, what a queue is. */
import { spawnSync } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { AncillaryError } from 'ancillary';
import { ftok, ftokOf, listQueues, MessageQueue, type QueueReceiveSyncOptions, queueInfo } from 'ancillary/sysv';
import * as assert from 'uvu/assert';
import { attemptReceive, attemptSend } from '../../host/sysv/attempts.js';
import { checkKey, showKey } from '../../host/sysv/key.js';
import { parseProc } from '../../host/sysv/list.js';
import { MessageMemory, messageMemory } from '../../host/sysv/message-memory.js';
import { checkSettings } from '../../host/sysv/settings.js';
import { run, script, until } from '../support/process.js';
import { checkQueues, freeKey, noQueues, queueIds, withKey, withQueue } from '../support/queues.js';
import { suite, thrownBy } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { lacks } from '../support/tools.js';

const t = suite('sysv');
const LONG_MAX = 2n ** 63n - 1n;

checkQueues(t);

/** The texts that come, one after the other, of a queue with 5, 2a, 9, 2b, 1, 7; up to ENOMSG. */
function drain(queue: MessageQueue, options: QueueReceiveSyncOptions & { into?: undefined }): string {
  const texts: string[] = [];
  try {
    for (;;) texts.push(queue.receiveSync(options).data.toString());
  } catch (error) {
    texts.push((error as AncillaryError).code);
  }
  return texts.join(' ');
}

const SELECTIONS: [name: string, options: QueueReceiveSyncOptions & { into?: undefined }, out: string][] = [
  ['no type is the oldest of any', {}, '5 2a 9 2b 1 7 ENOMSG'],
  ['type 0 is the oldest of any', { type: 0 }, '5 2a 9 2b 1 7 ENOMSG'],
  ['type -0 is type 0', { type: -0 }, '5 2a 9 2b 1 7 ENOMSG'],
  ['type 0 as a bigint', { type: 0n }, '5 2a 9 2b 1 7 ENOMSG'],
  ['a type above 0 is the oldest of that type', { type: 2 }, '2a 2b ENOMSG'],
  ['a type that no message has', { type: 3 }, 'ENOMSG'],
  ['except is the oldest of another type', { type: 5, except: true }, '2a 9 2b 1 7 ENOMSG'],
  ['except of the least type', { type: 1, except: true }, '5 2a 9 2b 7 ENOMSG'],
  ['a type below 0 is the smallest up to its absolute value', { type: -6 }, '1 2a 2b 5 ENOMSG'],
  ['-1 is type 1 alone', { type: -1 }, '1 ENOMSG'],
  ['the least long is as its neighbour', { type: -(2n ** 63n) }, '1 2a 2b 5 7 9 ENOMSG'],
  ['the neighbour of the least long', { type: -LONG_MAX }, '1 2a 2b 5 7 9 ENOMSG'],
  ['the greatest long', { type: LONG_MAX }, 'ENOMSG'],
];
for (const [name, options, out] of noQueues ? [] : SELECTIONS) {
  t.test(`what is received: ${name}`, () =>
    withQueue((queue) => {
      for (const text of ['5', '2a', '9', '2b', '1', '7']) queue.sendSync(Number.parseInt(text, 10), text);
      assert.is(drain(queue, options), out);
    }),
  );
}

t.test('a type is kept exactly, from 1 to the greatest long', () =>
  withQueue((queue) => {
    const types = [1, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1, 2n ** 53n, 2n ** 53n + 1n, LONG_MAX];
    for (const type of types) {
      queue.sendSync(type, 'x');
      assert.is(queue.peek()?.type, type);
      assert.is(queue.receiveSync({ type }).type, type);
      queue.sendSync(BigInt(type), 'x');
      assert.is(queue.receiveSync().type, type);
    }
  }),
);

t.test('data come as they were sent, of every length up to the limit, and empty', () =>
  withQueue((queue) => {
    const { msgmax } = queueInfo();
    for (const size of [0, 1, 23, 24, 25, 4047, 4048, 4049, 8136, 8137, msgmax]) {
      const data = Buffer.from(Array.from({ length: size }, (_, i) => i % 251));
      queue.sendSync(1, data);
      assert.equal(queue.peek()?.data, data);
      assert.equal(queue.receiveSync().data, data);
      queue.sendSync(1, data);
      const into = new Uint8Array(size + 1).fill(255);
      assert.equal(queue.receiveSync({ into }), { type: 1, size });
      assert.equal(Buffer.from(into), Buffer.from([...data, 255]));
    }
  }),
);

t.test('the memory for a message has the room that it says, also when more was asked for', () => {
  const memory = new MessageMemory();
  for (const more of [0, 1, 1000]) {
    const size = memory.room + more;
    memory.put(Buffer.alloc(size, 'x'), size);
    assert.ok(memory.room >= size);
    memory.put(Buffer.alloc(memory.room, 'y'), memory.room);
    assert.ok(memory.take(memory.room).equals(Buffer.alloc(memory.room, 'y')));
  }
});

t.test('messages that share a slab do not share bytes', () =>
  withQueue((queue) => {
    const got = Array.from({ length: 20 }, (_, i) => {
      queue.sendSync(1, Buffer.alloc(8000 - i, i));
      return queue.receiveSync().data;
    });
    for (const [i, data] of got.entries()) assert.equal(data, Buffer.alloc(8000 - i, i));
  }),
);

t.test(
  'a message of the length of the last is read from where it lies, also when the memory has grown meanwhile',
  () => {
    const memory = new MessageMemory();
    for (const [letter, room] of [
      ['a', 100],
      ['b', 2 * memory.room],
      ['c', 100],
    ] as const) {
      memory.reserve(room);
      memory.put(Buffer.alloc(100, letter), 100);
      assert.equal(memory.take(100), Buffer.alloc(100, letter));
    }
  },
);

t.test('peek takes nothing, and changes neither times nor pids', () =>
  withQueue((queue) => {
    queue.sendSync(3, 'a');
    const was = queue.stat();
    assert.equal(queue.peek(0), { type: 3, data: Buffer.from('a') });
    assert.is(queue.peek(1), undefined);
    assert.is(queue.peek(2 ** 31 - 1), undefined);
    assert.equal(queue.stat(), was);
  }),
);

t.test('what is too long stays, or is cut and its rest lost with noError', () =>
  withQueue(async (queue) => {
    queue.sendSync(1, 'abcdef');
    const error = await thrownBy(() => queue.receiveSync({ maxSize: 5 }));
    assert.is(error.code, 'E2BIG');
    assert.match(error.message, /more than 5 bytes and stays/);
    assert.is((await thrownBy(() => queue.receiveSync({ into: new Uint8Array(0) }))).code, 'E2BIG');
    assert.is(queue.stat().qnum, 1);
    assert.equal(queue.receiveSync({ maxSize: 5, noError: true }).data, Buffer.from('abcde'));
    queue.sendSync(1, 'abcdef');
    const into = Buffer.alloc(3);
    assert.equal([queue.receiveSync({ into, noError: true }).size, into.toString()], [3, 'abc']);
    queue.sendSync(1, '');
    assert.is(queue.receiveSync({ maxSize: 0 }).data.length, 0);
    assert.is(queue.stat().qnum, 0);
  }),
);

/** All ways to a queue; of those with a key it is one that no queue has. */
const OPENERS: [name: string, open: (options: object) => MessageQueue][] = [
  ['create', (options) => MessageQueue.create(freeKey(), options)],
  ['open', (options) => MessageQueue.open(freeKey(), options)],
  ['private', (options) => MessageQueue.private(options)],
  ['ofId', (options) => MessageQueue.ofId(0, options)],
];

/** Calls that the library or the kernel refuses: code, and words of the message. */
const REFUSED: [name: string, use: (queue: MessageQueue) => unknown, code: string, words: RegExp][] = [
  ['type 0 is sent', (q) => q.sendSync(0, 'x'), 'ERR_INVALID_ARGUMENT', /from 1 to 9223372036854775807, not 0/],
  ['type -1 is sent', (q) => q.sendSync(-1, 'x'), 'ERR_INVALID_ARGUMENT', /not -1/],
  [
    'type 2^63 is received',
    (q) => q.receiveSync({ type: 2n ** 63n }),
    'ERR_INVALID_ARGUMENT',
    /from -9223372036854775808 to/,
  ],
  ['type -2^63 - 1 is received', (q) => q.receiveSync({ type: -(2n ** 63n) - 1n }), 'ERR_INVALID_ARGUMENT', /not -/],
  ['an inexact type is received', (q) => q.receiveSync({ type: -(2 ** 53) }), 'ERR_INVALID_ARGUMENT', /bigint/],
  ['type 2^63 is sent', (q) => q.sendSync(2n ** 63n, 'x'), 'ERR_INVALID_ARGUMENT', /not 9223372036854775808n/],
  ['an inexact type is sent', (q) => q.sendSync(2 ** 60, 'x'), 'ERR_INVALID_ARGUMENT', /bigint/],
  ['a type is no integer', (q) => q.sendSync(1.5, 'x'), 'ERR_INVALID_ARGUMENT', /not 1.5/],
  ['a type is NaN', (q) => q.receiveSync({ type: Number.NaN }), 'ERR_INVALID_ARGUMENT', /not NaN/],
  ['a type is a string', (q) => q.sendSync('1' as never, 'x'), 'ERR_INVALID_ARGUMENT', /not '1'/],
  [
    'the type is forgotten',
    (q) => q.sendSync('x' as never, undefined as never),
    'ERR_INVALID_ARGUMENT',
    /type of the message first/,
  ],
  [
    'the type of bytes is forgotten',
    (q) => q.sendSync(new Uint8Array(1) as never, undefined as never),
    'ERR_INVALID_ARGUMENT',
    /type of the message first/,
  ],
  ['data is forgotten', (q) => q.sendSync(1, undefined as never), 'ERR_INVALID_ARGUMENT', /data must be/],
  ['type and data are wrong', (q) => q.sendSync('x' as never, 5 as never), 'ERR_INVALID_ARGUMENT', /data must be/],
  ['data is a number', (q) => q.sendSync(1, 5 as never), 'ERR_INVALID_ARGUMENT', /data must be/],
  ['data has lost its memory', (q) => q.sendSync(1, detached()), 'ERR_INVALID_ARGUMENT', /lost its memory/],
  [
    'descriptors are sent',
    (q) => q.sendSync(1, 'x', { fds: [1] } as never),
    'ERR_INVALID_ARGUMENT',
    /cannot travel.*path of a Unix socket/,
  ],
  [
    'descriptors are sent, later',
    (q) => q.send(1, 'x', { fds: [1] } as never),
    'ERR_INVALID_ARGUMENT',
    /cannot travel.*path of a Unix socket/,
  ],
  [
    'sendSync is told to wait',
    (q) => q.sendSync(1, 'x', { wait: true } as never),
    'ERR_INVALID_ARGUMENT',
    /sendSync never waits and takes no option 'wait': use send/,
  ],
  [
    'sendSync is given what is no option',
    (q) => q.sendSync(1, 'x', { flags: 1 } as never),
    'ERR_INVALID_ARGUMENT',
    /sendSync takes no option 'flags'/,
  ],
  [
    'send is given what is no option',
    (q) => q.send(1, 'x', { flags: 1 } as never),
    'ERR_INVALID_ARGUMENT',
    /there are wait, signal, timeout$/,
  ],
  ...([null, 5, 'x', []] as never[]).flatMap((options): typeof REFUSED => [
    [
      `sendSync is given ${inspect(options)}`,
      (q) => q.sendSync(1, 'x', options),
      'ERR_INVALID_ARGUMENT',
      /must be an object/,
    ],
    [`send is given ${inspect(options)}`, (q) => q.send(1, 'x', options), 'ERR_INVALID_ARGUMENT', /must be an object/],
    [
      `receiveSync is given ${inspect(options)}`,
      (q) => q.receiveSync(options),
      'ERR_INVALID_ARGUMENT',
      /must be an object/,
    ],
  ]),
  ['an option has a slip', (q) => q.receiveSync({ tpye: 1 } as never), 'ERR_INVALID_ARGUMENT', /did you mean 'type'/],
  [
    'a send option has a slip',
    (q) => q.send(1, 'x', { timeot: 1 } as never),
    'ERR_INVALID_ARGUMENT',
    /did you mean 'timeout'/,
  ],
  ['wait is no boolean', (q) => q.receive({ wait: 1 as never }), 'ERR_INVALID_ARGUMENT', /wait must be/],
  [
    'a timeout without wait',
    (q) => q.receive({ wait: false, timeout: 5 }),
    'ERR_INVALID_ARGUMENT',
    /leave out timeout/,
  ],
  ['a timeout below 0', (q) => q.receive({ timeout: -1 }), 'ERR_INVALID_ARGUMENT', /timeout/],
  ['except without a type', (q) => q.receiveSync({ except: true }), 'ERR_INVALID_ARGUMENT', /except needs/],
  ['except below 0', (q) => q.receiveSync({ type: -1, except: true }), 'ERR_INVALID_ARGUMENT', /except needs/],
  ['noError without room', (q) => q.receiveSync({ noError: true }), 'ERR_INVALID_ARGUMENT', /maxSize/],
  [
    'maxSize and into',
    (q) => q.receiveSync({ maxSize: 1, into: new Uint8Array(1) } as never),
    'ERR_INVALID_ARGUMENT',
    /room is that of into/,
  ],
  ['into is no array', (q) => q.receiveSync({ into: 5 as never }), 'ERR_INVALID_ARGUMENT', /into must be/],
  ['into has lost its memory', (q) => q.receiveSync({ into: detached() }), 'ERR_INVALID_ARGUMENT', /lost its memory/],
  [
    'except is no boolean',
    (q) => q.receiveSync({ type: 1, except: 1 as never }),
    'ERR_INVALID_ARGUMENT',
    /except must be/,
  ],
  [
    'noError is no boolean',
    (q) => q.receiveSync({ maxSize: 1, noError: 1 as never }),
    'ERR_INVALID_ARGUMENT',
    /noError must/,
  ],
  ...[-1, 2 ** 31, 0.5].map((size): (typeof REFUSED)[number] => [
    `maxSize is ${size}`,
    (q) => q.receiveSync({ maxSize: size }),
    'ERR_INVALID_ARGUMENT',
    /maxSize must be an integer from 0 to 2147483647/,
  ]),
  ['an index above int', (q) => q.peek(2 ** 31), 'ERR_INVALID_ARGUMENT', /index must be/],
  ['an index below 0', (q) => q.peek(-1), 'ERR_INVALID_ARGUMENT', /index/],
  [
    'a message above msgmax',
    (q) => q.sendSync(1, new Uint8Array(queueInfo().msgmax + 1)),
    'ERR_TOO_LARGE',
    /kernel\.msgmax/,
  ],
  [
    'a message that an empty queue does not hold',
    (q) => {
      q.set({ qbytes: 5 });
      q.sendSync(1, '123456');
    },
    'ERR_TOO_LARGE',
    /holds 5 at most/,
  ],
  [
    'waiting for room that never comes',
    (q) => {
      q.set({ qbytes: 5 });
      return q.send(1, '123456');
    },
    'ERR_TOO_LARGE',
    /holds 5 at most/,
  ],
  [
    'waiting for room in a queue for nothing',
    (q) => {
      q.set({ qbytes: 0 });
      return q.send(1, '');
    },
    'ERR_TOO_LARGE',
    /holds 0 at most/,
  ],
  [
    'a full queue',
    (q) => {
      q.set({ qbytes: 1 });
      q.sendSync(1, 'x');
      q.sendSync(1, 'y');
    },
    'EAGAIN',
    /it is full/,
  ],
  [
    'a full queue, without wait',
    (q) => {
      q.set({ qbytes: 1 });
      q.sendSync(1, 'x');
      return q.send(1, 'y', { wait: false });
    },
    'EAGAIN',
    /it is full/,
  ],
  [
    'what never fits, without wait',
    (q) => {
      q.set({ qbytes: 5 });
      return q.send(1, '123456', { wait: false });
    },
    'ERR_TOO_LARGE',
    /holds 5 at most/,
  ],
  ['an empty queue', (q) => q.receiveSync(), 'ENOMSG', /no message of the type/],
  ['an empty queue, without wait', (q) => q.receive({ wait: false }), 'ENOMSG', /no message of the type/],
  [
    'a removed queue',
    (q) => {
      q.remove();
      q.sendSync(1, 'x');
    },
    'EIDRM',
    /removed/,
  ],
  [
    'a queue is removed twice',
    (q) => {
      q.remove();
      q.remove();
    },
    'EIDRM',
    /removed/,
  ],
  [
    'a removed queue is asked',
    (q) => {
      q.remove();
      q.stat();
    },
    'EIDRM',
    /removed/,
  ],
  [
    'the longest message to an id that is none',
    () => MessageQueue.ofId(2 ** 31 - 1).sendSync(1, new Uint8Array(queueInfo().msgmax)),
    'EINVAL',
    /^msgsnd on queue \d+: .*no queue of this IPC namespace/,
  ],
  [
    'an id that is none: send',
    () => MessageQueue.ofId(2 ** 31 - 1).sendSync(1, 'x'),
    'EINVAL',
    /^msgsnd on queue \d+: .*no queue of this IPC namespace/,
  ],
  [
    'an id that is none: receive',
    () => MessageQueue.ofId(2 ** 31 - 1).receive(),
    'EINVAL',
    /^msgrcv on queue \d+: .*no queue of this IPC namespace/,
  ],
  ['an id that is none: stat', () => MessageQueue.ofId(2 ** 31 - 1).stat(), 'EINVAL', /no queue of this IPC namespace/],
  ['an id that is none: peek', () => MessageQueue.ofId(2 ** 31 - 1).peek(), 'EINVAL', /no queue of this IPC namespace/],
  [
    'an id that is none: remove',
    () => MessageQueue.ofId(2 ** 31 - 1).remove(),
    'EINVAL',
    /^msgctl on queue \d+: .*no queue of this IPC namespace/,
  ],
  ['an id above int', () => MessageQueue.ofId(2 ** 31), 'ERR_INVALID_ARGUMENT', /id of a queue/],
  ['an id below 0', () => MessageQueue.ofId(-1), 'ERR_INVALID_ARGUMENT', /id of a queue/],
  ['a key that no queue has', () => MessageQueue.open(freeKey()), 'ENOENT', /create it first/],
  ['key 0 is made', () => MessageQueue.create(0), 'ERR_INVALID_ARGUMENT', /IPC_PRIVATE/],
  ['key 0 is opened', () => MessageQueue.open(0), 'ERR_INVALID_ARGUMENT', /IPC_PRIVATE/],
  ...OPENERS.flatMap(([name, open]): typeof REFUSED => [
    [
      `${name} has a slip`,
      () => open({ removeOnDispos: true }),
      'ERR_INVALID_ARGUMENT',
      /did you mean 'removeOnDispose'/,
    ],
    [`${name} with 1 for true`, () => open({ removeOnDispose: 1 }), 'ERR_INVALID_ARGUMENT', /removeOnDispose must be/],
  ]),
  [
    'exclusive is no boolean',
    () => MessageQueue.create(1, { exclusive: 1 as never }),
    'ERR_INVALID_ARGUMENT',
    /exclusive/,
  ],
  [
    'a mode below 0',
    () => MessageQueue.private({ mode: -1 }),
    'ERR_INVALID_ARGUMENT',
    /mode must be an integer from 0 to 0o777/,
  ],
  ['a mode with further bits', () => MessageQueue.private({ mode: 0o1000 }), 'ERR_INVALID_ARGUMENT', /mode/],
  ['a set of what is none', (q) => q.set({ qbyte: 1 } as never), 'ERR_INVALID_ARGUMENT', /did you mean 'qbytes'/],
  [
    'a closed queue',
    (q) => {
      q.close();
      q.sendSync(1, 'x');
    },
    'ERR_CLOSED',
    /closed here/,
  ],
  [
    'a queue made with new',
    () => new (MessageQueue as never as new () => unknown)(),
    'ERR_INVALID_ARGUMENT',
    /MessageQueue\.create/,
  ],
];
function detached(): Uint8Array {
  const bytes = new Uint8Array(4);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}
for (const [name, use, code, words] of noQueues ? [] : REFUSED) {
  t.test(`one line tells what is wrong, and nothing is done: ${name}`, () =>
    withQueue(async (queue) => {
      const error = await thrownBy(() => use(queue));
      assert.is(error.code, code, error.message);
      if (!code.startsWith('ERR_')) assert.is((error as AncillaryError).errno, constants.errno[code as 'EINVAL']);
      assert.match(error.message, words);
      assert.instance(error, AncillaryError);
      assert.not.match(error.message, /\n/);
    }),
  );
}

const CALLS: [name: string, use: (queue: MessageQueue) => unknown][] = [
  ['sendSync', (queue) => queue.sendSync(1, 'x')],
  ['send', (queue) => queue.send(1, 'x')],
  ['receiveSync', (queue) => queue.receiveSync()],
  ['receive', (queue) => queue.receive()],
  ['peek', (queue) => queue.peek()],
  ['stat', (queue) => queue.stat()],
  ['set', (queue) => queue.set({ mode: 0o600 })],
  ['remove', (queue) => queue.remove()],
];

for (const [name, use] of noQueues ? [] : CALLS) {
  t.test(`a closed queue refuses ${name}`, () =>
    withQueue(async (queue) => {
      queue.sendSync(1, 'x');
      const other = MessageQueue.ofId(queue.id);
      assert.is(other.closed, false);
      other.close();
      assert.is(other.closed, true);
      assert.is((await thrownBy(() => use(other))).code, 'ERR_CLOSED');
      assert.is(queue.stat().qnum, 1);
    }),
  );

  t.test(`a queue that ${name} has found, and that is gone, was removed`, () =>
    withQueue(async (queue) => {
      queue.sendSync(1, 'x');
      const other = MessageQueue.ofId(queue.id);
      await use(other);
      if (name !== 'remove') MessageQueue.ofId(queue.id).remove();
      assert.is((await thrownBy(() => other.receiveSync())).code, 'EIDRM');
    }),
  );
}

t.test('a queue that was made or opened, and that is gone, was removed', () =>
  withKey(async (key) => {
    for (const open of [
      () => MessageQueue.private(),
      () => MessageQueue.create(key),
      () => {
        MessageQueue.create(key);
        return MessageQueue.open(key);
      },
    ]) {
      const queue = open();
      MessageQueue.ofId(queue.id).remove();
      assert.is((await thrownBy(() => queue.sendSync(1, 'x'))).code, 'EIDRM');
    }
  }),
);

t.test('a queue that is gone is not taken for the one that is in its place', async () => {
  const gone = MessageQueue.private();
  gone.remove();
  const placeOf = ({ id }: MessageQueue) => id & 0x7fff;
  let next = MessageQueue.private();
  // The kernel gives places in turn, of which there are at least 64.
  for (let i = 0; i < 1000 && placeOf(next) !== placeOf(gone); i++) {
    next.remove();
    next = MessageQueue.private();
  }
  try {
    assert.is((await thrownBy(() => MessageQueue.ofId(gone.id).stat())).code, 'EINVAL');
  } finally {
    next.remove();
  }
});

t.test('a message that is too large tells of msgsnd and EINVAL, as the kernel does', () =>
  withQueue(async (queue) => {
    queue.set({ qbytes: 5 });
    const error = (await thrownBy(() => queue.sendSync(1, '123456'))) as AncillaryError;
    assert.equal([error.errno, error.syscall], [constants.errno.EINVAL, 'msgsnd']);
  }),
);

t.test('a queue that holds one byte holds a message of one, and is not said to be too small', () =>
  withQueue(async (queue) => {
    queue.set({ qbytes: 1 });
    queue.sendSync(1, 'x');
    assert.is((await thrownBy(() => queue.sendSync(1, 'y'))).code, 'EAGAIN');
    assert.is((await thrownBy(() => queue.sendSync(1, 'yz'))).code, 'ERR_TOO_LARGE');
  }),
);

t.test('what somebody has put on every object is no option', () =>
  withQueue((queue) => {
    const everybody = Object.prototype as { mine?: number };
    everybody.mine = 1;
    try {
      queue.sendSync(1, 'x', {});
    } finally {
      delete everybody.mine;
    }
    assert.is(queue.receiveSync().type, 1);
  }),
);

t.test('a private queue has no key, and the mode that it is made with: all permissions, or none', () => {
  for (const mode of [0o777, 0]) {
    const queue = MessageQueue.private({ mode });
    try {
      const { mode: found, key } = queue.stat();
      assert.equal([found, key, queue.key], [mode, 0, undefined]);
    } finally {
      queue.remove();
    }
  }
});

t.test('create makes or opens, exclusive makes or refuses, open finds; a key may be written unsigned', () =>
  withKey(async (key) => {
    const made = MessageQueue.create(key, { exclusive: true, mode: 0o640 });
    assert.is(made.stat().mode, 0o640);
    assert.is(made.stat().key, key);
    assert.is(MessageQueue.create(key).id, made.id);
    assert.is(MessageQueue.open(key >>> 0).id, made.id);
    const error = await thrownBy(() => MessageQueue.create(key, { exclusive: true }));
    assert.is(error.code, 'EEXIST');
    assert.match(error.message, /open it/);
    made.remove();
  }),
);

t.test('stat says who sent and received last and when, and what it holds', () =>
  withQueue((queue) => {
    const start = Math.floor(Date.now() / 1000) * 1000 - 1000;
    const made = queue.stat();
    assert.equal([made.stime, made.rtime, made.lspid], [undefined, undefined, 0]);
    queue.sendSync(1, 'abc');
    queue.sendSync(1, 'de');
    const sent = queue.stat();
    assert.equal([sent.lspid, sent.lrpid, sent.rtime], [process.pid, 0, undefined]);
    queue.receiveSync();
    const { cbytes, qnum, lspid, lrpid, stime, rtime, uid, cuid, mode } = queue.stat();
    assert.equal(
      [cbytes, qnum, lspid, lrpid, uid, cuid, mode],
      [2, 1, process.pid, process.pid, process.getuid?.(), process.getuid?.(), 0o600],
    );
    assert.is(sent.stime?.getTime(), stime?.getTime());
    for (const time of [made.ctime, stime, rtime])
      assert.ok(time && time.getTime() >= start && time.getTime() <= Date.now() + 1000);
  }),
);

t.test('set changes what is given and leaves the rest', () =>
  withQueue((queue) => {
    const was = queue.stat();
    queue.set({ qbytes: 100 });
    queue.set({ mode: 0o620 });
    const { ctime: _, ...now } = queue.stat();
    const { ctime: __, ...expected } = { ...was, qbytes: 100, mode: 0o620 };
    assert.equal(now, expected);
  }),
);

t.test('dispose leaves the queue, and removes it when that was asked; a second time does nothing', async () => {
  const kept = MessageQueue.private();
  kept[Symbol.dispose]();
  assert.ok(queueIds().includes(kept.id));
  assert.is((await thrownBy(() => kept.stat())).code, 'ERR_CLOSED');
  const other = MessageQueue.ofId(kept.id, { removeOnDispose: true });
  other[Symbol.dispose]();
  assert.not.ok(queueIds().includes(kept.id));
  other[Symbol.dispose]();
  const closed = MessageQueue.private({ removeOnDispose: true });
  closed.close();
  closed[Symbol.dispose]();
  assert.not.ok(queueIds().includes(closed.id));
  const gone = MessageQueue.private({ removeOnDispose: true });
  MessageQueue.ofId(gone.id).remove();
  gone[Symbol.dispose]();
});

t.test('no call keeps the memory that it was allowed to need', () =>
  withQueue(async ({ id }) => {
    const named = { id, wasThere: true };
    const wanted = { type: 0, except: false, noError: false, maxSize: 2 ** 31 - 1, into: undefined };
    const into = new Uint8Array(2 ** 24);
    const { room } = messageMemory();
    const { msgmax } = queueInfo();
    const steps: [what: string, act: () => unknown][] = [
      ['no message', () => attemptReceive(named, wanted)],
      ['no message for into', () => attemptReceive(named, { ...wanted, maxSize: undefined, into })],
      ['a message', () => attemptSend(named, 1, into.subarray(0, msgmax), msgmax) ?? attemptReceive(named, wanted)],
      [
        'a message for into',
        () =>
          attemptSend(named, 1, into.subarray(0, 3), 3) ??
          attemptReceive(named, { ...wanted, maxSize: undefined, into }),
      ],
      ['a message that is refused', () => thrownBy(() => attemptSend(named, 1, into, into.length))],
    ];
    for (const [what, act] of steps) {
      await act();
      assert.is(messageMemory().room, room, what);
    }
  }),
);

const NAMESPACE = ['unshare', '--ipc', '--user', '--map-root-user'];
const LIMIT = '/proc/sys/kernel/msgmax';
const noNamespace = noQueues ?? lacks('unshare', ...NAMESPACE.slice(1), 'sh', '-c', `echo 4 > ${LIMIT}`);

/** Runs a module with a private queue in namespaces of its own, in which only uid and gid 0 are mapped. */
const inNamespace = (name: string, text: string, out: RegExp[]) => {
  if (noNamespace) {
    t.skip(name, noNamespace);
    return;
  }
  t.test(name, async () => {
    const program = `
      import { writeFileSync } from 'node:fs';
      import { MessageQueue } from 'ancillary/sysv';
      const queue = MessageQueue.private();
      const tell = (act) => {
        try {
          act();
          console.log('done');
        } catch ({ code, message }) {
          console.log(code, message);
        }
      };
      ${text}`;
    const { code, stdout, stderr } = await run([...NAMESPACE, ...script(program)]);
    assert.equal([code, stderr], [0, '']);
    const lines = stdout.toString().trim().split('\n');
    assert.is(lines.length, out.length, stdout.toString());
    for (const [i, line] of lines.entries()) assert.match(line, out[i] as RegExp);
  });
};

inNamespace(
  'a message that is longer than the limit is by now cannot be looked at, and its queue is not said to be gone',
  `
  queue.sendSync(1, 'abcde');
  queue.sendSync(2, 'abcd');
  writeFileSync('${LIMIT}', '4');
  tell(() => queue.peek());
  tell(() => MessageQueue.ofId(queue.id).peek());
  try {
    queue.peek();
  } catch ({ errno, syscall }) {
    console.log(errno, syscall);
  }
  console.log(queue.peek(1).data.toString(), queue.receiveSync().data.toString());
  queue.remove();
  tell(() => queue.peek());`,
  [
    /^ERR_TOO_LARGE .*more than 4 bytes.*kernel\.msgmax/,
    /^ERR_TOO_LARGE .*more than 4 bytes.*kernel\.msgmax/,
    new RegExp(`^${constants.errno.EINVAL} msgrcv$`),
    /^abcd abcde$/,
    /^EIDRM .*removed$/,
  ],
);

inNamespace(
  'an owner whom the user namespace lacks is told, and the queue is not said to be gone',
  `
  tell(() => queue.set({ uid: 5 }));
  tell(() => MessageQueue.ofId(queue.id).set({ gid: 5 }));
  tell(() => queue.set({ uid: 0, gid: 0 }));
  queue.remove();
  tell(() => queue.set({ uid: 5 }));`,
  [/^EINVAL .*no such uid or gid/, /^EINVAL .*no such uid or gid/, /^done$/, /^EIDRM .*removed$/],
);

t.test('listQueues, ipcs and /proc name the same queues', () =>
  withQueue(async (queue) => {
    queue.sendSync(4, 'abcd');
    // Others may make and remove queues at the same time.
    const ids = () =>
      listQueues()
        .map(({ id }) => id)
        .sort((a, b) => a - b);
    await until('both list the same', () => ids().join() === queueIds().join());
    const listed = listQueues();
    const mine = listed.find(({ id }) => id === queue.id);
    assert.equal(mine, queue.stat());
    const proc = spawnSync('cat', ['/proc/sysvipc/msg'], { encoding: 'latin1' }).stdout;
    assert.equal(
      parseProc(proc).find(({ id }) => id === queue.id),
      { ...queue.stat(), qbytes: undefined },
    );
    assert.ok(queueInfo().queues >= 1 && queueInfo().bytes >= 4 && queueInfo().messages >= 1);
  }),
);

t.test('the limits are those of /proc/sys', () => {
  const read = (name: string) => Number(spawnSync('cat', [`/proc/sys/kernel/${name}`], { encoding: 'latin1' }).stdout);
  const { msgmax, msgmnb, msgmni } = queueInfo();
  assert.equal([msgmax, msgmnb, msgmni], [read('msgmax'), read('msgmnb'), read('msgmni')]);
});

t.test('what console.log shows is no more than the id', () =>
  withQueue((queue) => {
    assert.is(inspect(queue), `MessageQueue { id: ${queue.id} }`);
    queue.close();
    assert.is(inspect(queue), 'MessageQueue { closed }');
  }),
);

t.test('/proc/sysvipc/msg is read by the names of its columns; what it lacks is 0', () => {
  const head = 'key msqid perms cbytes qnum lspid lrpid uid gid cuid cgid stime rtime ctime';
  const [line, other] = ['4294967295 7 620 1 2 3 4 5 6 8 9 10 11 12', '5 0 600 0 0 0 0 0 0 0 0 0 0 13'];
  const counts = { cbytes: 0, qnum: 0, qbytes: undefined, lspid: 0, lrpid: 0, stime: undefined, rtime: undefined };
  const first = {
    ...{ id: 7, key: -1, mode: 0o620, cbytes: 1, qnum: 2, qbytes: undefined, lspid: 3, lrpid: 4 },
    ...{ uid: 5, gid: 6, cuid: 8, cgid: 9, stime: new Date(10_000), rtime: new Date(11_000), ctime: new Date(12_000) },
  };
  const second = { ...counts, id: 0, key: 5, mode: 0o600, uid: 0, gid: 0, cuid: 0, cgid: 0, ctime: new Date(13_000) };
  assert.equal(parseProc(`  ${head}\n   ${line}\n\n ${other}\n`), [first, second]);
  assert.equal(parseProc('msqid\n3\n'), [{ ...second, id: 3, key: 0, mode: 0, ctime: new Date(0) }]);
  assert.equal(parseProc(`${head}\n`), []);
});

t.table(
  [
    { name: 'the least key', in: -(2 ** 31), out: '-2147483648 0x80000000' },
    { name: 'the greatest key, as an int', in: 2 ** 32 - 1, out: '-1 0xffffffff' },
    { name: 'a small key', in: 1, out: '1 0x00000001' },
    ...[-(2 ** 31) - 1, 2 ** 32, 0.5, '0x5', undefined].map((key) => ({
      name: `${key} is no key`,
      in: key as never,
      err: /key must be an integer from -2147483648 to 2\^32 - 1/,
    })),
  ],
  (key: number) => `${checkKey(key)} ${showKey(checkKey(key))}`,
);

t.table(
  [
    ...(['qbytes', 'mode', 'uid', 'gid'] as const).flatMap((name) => {
      const most = { qbytes: 2 ** 31 - 1, mode: 0o777, uid: 2 ** 32 - 2, gid: 2 ** 32 - 2 }[name];
      return [
        ...[0, most].map((value) => ({
          name: `${name} may be set to ${value}`,
          in: { [name]: value },
          out: [name, value],
        })),
        ...[-1, most + 1, 0.5, null].map((value) => ({
          name: `${name} is not set to ${value}`,
          in: { [name]: value } as never,
          err: new RegExp(`^${name} must be an integer from 0 to`),
        })),
      ];
    }),
    { name: 'settings are an object', in: 5 as never, err: /options of set must be an object/ },
  ],
  (settings) => Object.entries(checkSettings(settings))[0],
);

t.table(
  [
    {
      name: 'ftok takes 16 bits of the inode, 8 of the device, 8 of the id',
      in: [{ dev: 0x1234n, ino: 0x56789abcn }, 0xab],
      out: 0xab349abc | 0,
    },
    { name: 'ftok takes plain numbers', in: [{ dev: 1, ino: 2 }, 3], out: 0x03010002 },
    ...['A', 'Z', 'a', 'z'].map((id) => ({
      name: `ftok takes the letter ${id}`,
      in: [{ dev: 0, ino: 0 }, id],
      out: id.charCodeAt(0) << 24,
    })),
    { name: 'ftok takes 255', in: [{ dev: 0, ino: 0 }, 255], out: 0xff000000 | 0 },
    { name: 'ftok takes inodes of 64 bits', in: [{ dev: 2n ** 63n, ino: 2n ** 64n - 1n }, 0], out: 0xffff },
    ...['1', ' ', '\0', '\x7f', '[', '@', '`', '{', 'é', 'ſ', ''].map((id) => ({
      name: `ftok refuses ${JSON.stringify(id)}, which is no letter`,
      in: [{ dev: 0, ino: 0 }, id],
      err: /one ASCII letter, not/,
    })),
    { name: 'ftok refuses 256', in: [{ dev: 0, ino: 0 }, 256], err: 'ERR_INVALID_ARGUMENT' },
    { name: 'ftok refuses -1', in: [{ dev: 0, ino: 0 }, -1], err: 'ERR_INVALID_ARGUMENT' },
    ...[-1, -1n, 2 ** 53].map((dev) => ({
      name: `ftok refuses the device ${dev}`,
      in: [{ dev, ino: 0 }, 1],
      err: /dev must be/,
    })),
    { name: 'ftok refuses a word', in: [{ dev: 0, ino: 0 }, 'AB'], err: /one ASCII letter/ },
    { name: 'ftok refuses an inode that is no integer', in: [{ dev: 0, ino: 0.5 }, 1], err: /ino must be/ },
    { name: 'ftok refuses null for a stat', in: [null, 1], err: /as fs\.stat/ },
    { name: 'ftok refuses a path for a stat', in: ['/', 1], err: /as fs\.stat/ },
  ] as never[],
  ([identity, id]: [{ dev: number; ino: number }, number]) => ftokOf(identity, id),
);

t.test("ftok is the formula of the file's numbers, and tells of a file that is not there", () =>
  withTempDir(async (folder) => {
    const path = join(folder, 'f');
    const missing = (await thrownBy(() => ftok(path, 1))) as AncillaryError;
    assert.equal([missing.code, missing.errno, missing.syscall], ['ENOENT', constants.errno.ENOENT, 'stat']);
    assert.match(missing.message, /make it first$/);
    assert.instance(missing.cause, Error);
    writeFileSync(path, '');
    const inside = await thrownBy(() => ftok(join(path, 'x'), 1));
    assert.is(inside.code, 'ENOTDIR');
    assert.not.match(inside.message, /make it first/);
    const none = await thrownBy(() => ftok('a\0b', 1));
    assert.is(none.code, 'ERR_INVALID_ARGUMENT');
    assert.match(none.message, /^ftok needs the path of a file: [^\n]*$/);
    assert.is(ftok(path, 7), ftokOf(statSync(path, { bigint: true }), 7));
  }),
);

t.run();
