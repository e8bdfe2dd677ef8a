/** `ancillary queue recv` and `send` that wait: what ends them, and that nothing is taken or left. */
import { readFileSync } from 'node:fs';
import { MessageQueue } from 'ancillary/sysv';
import * as assert from 'uvu/assert';
import { assertFails } from '../support/bad-input.js';
import { queue } from '../support/cli-queues.js';
import { Running, until, untilAsleep } from '../support/process.js';
import { checkQueues, noQueues, withQueue } from '../support/queues.js';
import { suite } from '../support/suite.js';

const t = suite('cli-queue-waiting');
checkQueues(t);
const test = (name: string, fn: () => unknown) => (noQueues ? t.skip(name, noQueues) : t.test(name, fn));

const SIGNALS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const;

/** The bit of SIGHUP among the signals that a process handles, /proc/PID/status: SIGINT is one that Node handles itself. */
const SIGHUP_BIT = 1n;

/** Started, and waiting. */
async function waiting(...argv: (string | number)[]): Promise<Running> {
  const running = new Running(queue(...argv));
  await until('it handles signals', () => {
    const [, mask = '0'] = /^SigCgt:\s*(\w+)$/m.exec(readFileSync(`/proc/${running.pid}/status`, 'latin1')) ?? [];
    return BigInt(`0x${mask}`) & SIGHUP_BIT;
  });
  await untilAsleep(running.pid);
  return running;
}

/** A queue that takes nothing more. */
function fill(made: MessageQueue): void {
  made.set({ qbytes: 8 });
  made.sendSync(1, '12345678');
}

for (const [signal, status] of SIGNALS) {
  test(`${signal} ends recv --wait, and no message is taken`, () =>
    withQueue(async (made) => {
      made.sendSync(2, 'stays');
      const running = await waiting('recv', made.id, '--type', 1, '--wait');
      const { code, stdout, stderr } = await running.end(signal);
      assert.equal([code, stdout.length, stderr], [status, 0, '']);
      made.sendSync(1, 'later');
      assert.is(made.stat().qnum, 2);
    }));

  test(`${signal} ends send --wait, and nothing is sent`, () =>
    withQueue(async (made) => {
      fill(made);
      const running = await waiting('send', made.id, '--type', 5, '--wait', 'x');
      const { code, stdout, stderr } = await running.end(signal);
      assert.equal([code, stdout.length, stderr], [status, 0, '']);
      made.receiveSync();
      assert.is(made.stat().qnum, 0);
    }));
}

test('what waits gets what comes, by --wait and by --timeout', () =>
  withQueue(async (made) => {
    const [forever, bounded] = await Promise.all([
      waiting('recv', made.id, '--type', 1, '--wait'),
      waiting('recv', made.id, '--type', 2, '--timeout', 60_000),
    ]);
    made.sendSync(2, 'two');
    made.sendSync(1, 'one');
    for (const [running, text] of [
      [forever, 'one'],
      [bounded, 'two'],
    ] as const) {
      const { code, stdout } = await running.ended;
      assert.equal([code, stdout.toString()], [0, text]);
    }
  }));

test('send waits for room', () =>
  withQueue(async (made) => {
    fill(made);
    const running = await waiting('send', made.id, '--type', 5, '--wait', 'x');
    made.receiveSync();
    assert.is((await running.ended).code, 0);
    assert.is(made.receiveSync().data.toString(), 'x');
  }));

test('a timeout that is over: one line, exit 1', () =>
  withQueue((made) =>
    assertFails(new Running(queue('recv', made.id, '--timeout', 50)), 1, /receiving from queue \d+.*50 ms/),
  ));

test('a timeout that is over, of a send: one line, exit 1, and nothing is sent', () =>
  withQueue(async (made) => {
    fill(made);
    const send = new Running(queue('send', made.id, '--type', 1, '--timeout', 50, 'x'));
    await assertFails(send, 1, /sending to queue \d+.*50 ms/);
    assert.is(made.stat().qnum, 1);
  }));

test('a send to no queue is refused before its text is read: one line, exit 1', () =>
  // Standard input stays open.
  assertFails(new Running(queue('send', 2 ** 31 - 1, '--type', 1, '-'), { stdio: 'pipe' }), 1, /EINVAL.*no queue of/));

test('without --wait nothing is waited for: one line, exit 1', () =>
  withQueue(async (made) => {
    await assertFails(new Running(queue('recv', made.id)), 1, /ENOMSG.*no message of the type/);
    fill(made);
    await assertFails(new Running(queue('send', made.id, '--type', 1, 'x')), 1, /EAGAIN.*full/);
  }));

test('a queue that is removed ends what waits: one line, exit 1', () =>
  withQueue(async (made) => {
    const running = await waiting('recv', made.id, '--wait');
    made.remove();
    await assertFails(running, 1, /EIDRM.*the queue was removed/);
  }));

test('a message that was taken is printed to its end, though a signal comes; a second one ends that', () =>
  withQueue(async (made) => {
    const data = Buffer.alloc(8000, 'x');
    // A pipe that is full: what is written waits.
    const slow = (seconds: number) => `(head -c 65536 /dev/zero; exec "$@") | (sleep ${seconds}; tail -c 8000)`;
    for (const [count, expected] of [
      [1, 8000],
      [2, 0],
    ] as const) {
      made.sendSync(1, data);
      const line = slow(count === 1 ? 2 : 4);
      const running = new Running(['sh', '-c', `${line} | tr -d '\\0' | wc -c`, 'sh', ...queue('recv', made.id)]);
      await until('it is taken', () => made.stat().qnum === 0);
      for (const pid of running.left().filter((each) => each === made.stat().lrpid)) {
        for (let i = 0; i < count; i++) {
          process.kill(pid, 'SIGINT');
          // Two that come at once are one.
          if (i + 1 < count) await new Promise((resolve) => setTimeout(resolve, 300));
        }
      }
      assert.is(Number((await running.ended).stdout.toString()), expected);
    }
  }));

test('killed while it waits, it leaves no process and takes no message', () =>
  withQueue(async (made) => {
    const running = await waiting('recv', made.id, '--wait');
    await running.end('SIGKILL');
    assert.equal(running.left(), []);
    made.sendSync(1, 'x');
    assert.is(MessageQueue.ofId(made.id).receiveSync().data.toString(), 'x');
  }));

t.run();
