/** The model of a message queue: what each call returns, told as calls. The running kernel is held to the same. */
import * as assert from 'uvu/assert';
import { drawFinding } from '../../host/cli/fuzz/draw-finding.js';
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
