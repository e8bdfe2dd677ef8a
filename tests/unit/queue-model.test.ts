/** The model of a message queue: what each call returns, told as calls. The running kernel is held to the same. */
import * as assert from 'uvu/assert';
import { drawFinding } from '../../host/cli/fuzz/draw-finding.js';
import { describe, type Outcome, statusOf, toJson } from '../../host/cli/queue/check.js';
import { describeCalls } from '../../host/fuzz/targets/sysv/describe.js';
import { QueueModel } from '../../host/fuzz/targets/sysv/model.js';
import { makeSequence } from '../../host/fuzz/targets/sysv/sequence.js';
import { QUEUE_CASES } from '../cases/queues.js';
import { FLAGS, get, MODE, negativeId, receive, SIZE, send, set, stat } from '../support/queue-calls.js';
import { suite } from '../support/suite.js';

const t = suite('queue model');
const LIMITS = { msgmax: 8192, msgmnb: 16384, msgmni: 3 };
const model = new QueueModel(LIMITS, true);

/** What each operation returns, behind the last `=`, or for msgget the queue. */
function results(operations: readonly (readonly number[])[], of = model): string[] {
  const lines = describeCalls(of, Uint8Array.from(operations.flat()), Number.MAX_SAFE_INTEGER);
  return lines.slice(1).map((line) => (/^q\d = /.test(line) ? line.slice(0, 2) : (line.split(' = ').at(-1) as string)));
}

t.table([...QUEUE_CASES], (operations) => results(operations));

t.test('a kernel without MSG_COPY says ENOSYS, behind what is wrong of the arguments', () => {
  const without = new QueueModel(LIMITS, false);
  const operations = [receive(0, 100, FLAGS.COPY | FLAGS.EXCEPT), receive(0, 100, FLAGS.COPY | FLAGS.NULL)];
  assert.equal(results(operations, without), ['EINVAL', 'ENOSYS']);
});

t.test(
  'the model has as many queues as it has slots, whatever the limit, and messages as an input has operations',
  () => {
    const large = new QueueModel({ ...LIMITS, msgmni: 100 }, true);
    assert.equal(results([get(0), get(0), get(0), get(0)], large), ['q1', 'q2', 'q3']);
    const sends = Array.from({ length: 1024 }, () => send(1, 0));
    assert.equal(new Set(results(sends)), new Set(['0']));
  },
);

/** What `operation` calls, without what comes of it. */
const callOf = (operation: readonly number[]) =>
  describeCalls(model, Uint8Array.from(operation), 2)[1]?.replace(/ = .*/, '');

t.table(
  [
    ...['q0', 'q0', 'q0', 'q0', 'q0', 'q0', 'q1', 'q1', 'q1', 'q1', 'q2', 'q2', 'q3', 'q3'].map((queue, i) => ({
      in: [(i << 4) | 13, 0, 0, 0],
      out: `msgctl(${queue}, IPC_RMID)`,
    })),
    { in: [0xed, 0, 0, 0], out: 'msgctl(q0 with another sequence number, IPC_RMID)' },
    { in: [0xfd, 0, 0, 0], out: 'msgctl(-1, IPC_RMID)' },
    ...[1, 2, 3, 4, 5, 6, 1].map((type, i) => ({ in: [0, i, 0, 0], out: `msgsnd(q0, type ${type}, 0 bytes)` })),
    ...[0, 1, 2, 3, 4, 5, 6, 7, -1, -2, -3, -4, -5, -6, 0].map((type, i) => ({
      in: [5, i, 0, 0],
      out: `msgrcv(q0, type ${type}, room for 0 bytes)`,
    })),
    ...[
      [111, 111],
      [112, 0],
      [191, 3],
      [192, 0],
      [239, 15],
      ...[4047, 4048, 4049, 8136, 8137, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 32 + 3, -1, -(2n ** 63n)].map((size, i) => [
        240 + i,
        size,
      ]),
      ...[8192, 8193, 16384, 16385, 8192].map((size, i) => [251 + i, size]),
    ].map(([byte, size]) => ({ in: [0, 0, byte, 0], out: `msgsnd(q0, type 1, ${size} bytes)` })),
    ...[
      [191, ''],
      [192, ', uid -1'],
      [243, ', uid -1'],
      [244, ', memory that ends after 8 bytes'],
      [249, ', memory that ends after 8 bytes'],
      [250, ', NULL'],
    ].map(([byte, more]) => ({ in: [12, byte, 0, 0], out: `msgctl(q0, IPC_SET, qbytes 0, mode 0600${more})` })),
    ...['0600', '0400', '0200', '00', '060', '0477', '0277', '06'].map((mode, i) => ({
      in: [12, 0, 0, 176 + i],
      out: `msgctl(q0, IPC_SET, qbytes 0, mode ${mode})`,
    })),
  ].map((row) => ({ ...row, name: `an operation of ${row.in} is ${row.out}` })) as {
    name: string;
    in: number[];
    out: string;
  }[],
  callOf,
);

t.test('calls are told as a person would write them', () => {
  const operations = [
    get(2, MODE.read, 2),
    send(5, 3),
    receive(-6, 1, FLAGS.NOERROR | FLAGS.EDGE),
    negativeId(stat(2)),
    set(SIZE.aboveMnb, 0, 232),
  ];
  assert.equal(describeCalls(model, Uint8Array.from(operations.flat()), 99), [
    'q0 = msgget(IPC_PRIVATE, IPC_CREAT | 0600)',
    'q1 = msgget(key 2, IPC_CREAT | IPC_EXCL | 0400)',
    'msgsnd(q0, type 5, 3 bytes) = 0',
    'msgrcv(q0, type -6, room for 1 byte, MSG_NOERROR, memory that ends after 8 bytes) = EFAULT',
    'msgctl(index of -1, MSG_STAT) = EINVAL',
    'msgctl(q0, IPC_SET, qbytes 16385, mode 0600, uid -1) = EPERM',
  ]);
});

t.test('a finding of the fuzzer is drawn as its calls, not as control messages', () => {
  const finding = { target: 'sysv', class: 'msgsnd:0|EAGAIN', cause: 'because', input: Uint8Array.of(0, 0, 0, 0) };
  const options = { abi: 'x86_64-glibc', timeout: 1, lane: 0, lanes: 1 };
  const drawing = drawFinding({ ...finding, options, details: { calls: ['one', 'two'] } });
  const texts = drawing
    .flatMap(({ title, rows }) => (title ? [title, ...rows] : rows))
    .map((cells) => cells.map(({ text }) => text).join(' '));
  assert.equal(texts, ['msgsnd:0|EAGAIN', 'because', 'x86_64-glibc, 4 bytes, by sysv', 'one', 'two']);
});

const DISAGREEMENT = {
  class: 'msgsnd:0|EAGAIN',
  cause: 'because',
  calls: ['q0 = msgget(IPC_PRIVATE, IPC_CREAT | 0600)', 'msgsnd(q0, type 1, 3 bytes) = 0'],
  model: '0',
  kernel: 'EAGAIN',
  input: Uint8Array.of(0, 0, 3, 0),
};
const AGREED: Outcome = { operations: 3000, seconds: 1.5, seed: 7n };
const PARTED: Outcome = { ...AGREED, disagreement: DISAGREEMENT };

t.table(
  [
    {
      name: 'an agreement is one line',
      in: AGREED,
      out: ['3000 operations (seed 7), and in each the kernel does what the model says (1.5 s, 2.00k/s)'],
    },
    {
      name: 'an agreement up to a signal names that',
      in: { ...AGREED, stopped: 'SIGINT' },
      out: [
        'SIGINT ended it: 3000 operations (seed 7) before, and in each the kernel does what the model says (1.5 s, 2.00k/s)',
      ],
    },
    {
      name: 'an agreement of what was replayed has neither seed nor speed',
      in: { ...AGREED, seed: undefined },
      out: ['3000 operations, and in each the kernel does what the model says'],
    },
    {
      name: 'a disagreement is told as calls, of which the last is marked, and a command that shows it again',
      in: PARTED,
      out: [
        'kernel and model disagree (msgsnd:0|EAGAIN) within 3000 operations (seed 7); as short as it still does:',
        '  q0 = msgget(IPC_PRIVATE, IPC_CREAT | 0600)',
        '* msgsnd(q0, type 1, 3 bytes) = 0',
        'the model has 0, the kernel EAGAIN',
        'replay: ancillary queue check --replay 00000300',
      ],
    },
  ] as { name: string; in: Outcome; out: string[] }[],
  // How it was called is how it is called again.
  (outcome) => describe(outcome).map((line) => line.replace(/^replay: .*(?= queue check)/, 'replay: ancillary')),
);

t.test('JSON has all of a disagreement', () => {
  const { disagreement, ...said } = toJson(PARTED);
  assert.equal(said, { agrees: false, operations: 3000, seed: '7', seconds: 1.5, perSecond: 2000 });
  const { replay = '', ...rest } = disagreement ?? {};
  const { cause: _, ...expected } = DISAGREEMENT;
  assert.equal(rest, { ...expected, input: '00000300' });
  assert.match(replay, / queue check --replay 00000300$/);
  const { perSecond } = toJson({ operations: 5, seconds: 0 });
  assert.is(perSecond, 5000);
});

t.table(
  [
    { name: 'status 0 for an agreement', in: AGREED, out: 0 },
    { name: 'status 1 for a disagreement', in: PARTED, out: 1 },
    { name: 'status 1 for a disagreement up to a signal', in: { ...PARTED, stopped: 'SIGINT' }, out: 1 },
    { name: 'the status of a signal for an agreement up to it', in: { ...AGREED, stopped: 'SIGTERM' }, out: 143 },
  ] as { name: string; in: Outcome; out: number }[],
  statusOf,
);

t.test('any bytes are operations: random ones, and as many as an input has', () => {
  for (let number = 0; number < 200; number++) {
    const input = makeSequence(1n, number, 1024);
    assert.is(describeCalls(model, input, 2000).length <= input.length / 4 + 1, true);
  }
});

t.test('a sequence follows from its seed and its number', () => {
  assert.equal(makeSequence(5n, 3, 1024), makeSequence(5n, 3, 1024));
  assert.not.equal(makeSequence(5n, 3, 1024), makeSequence(5n, 4, 1024));
  assert.not.equal(makeSequence(5n, 3, 1024), makeSequence(6n, 3, 1024));
  assert.is(makeSequence(5n, 3, 1).length, 4);
});

t.run();
