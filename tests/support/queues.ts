/** System V queues for tests: none is left in the kernel, whatever the test did. */
import { spawnSync } from 'node:child_process';
import { MessageQueue } from 'ancillary/sysv';
import * as assert from 'uvu/assert';
import { until } from './process.js';
import type { Suite } from './suite.js';
import { lacks } from './tools.js';

/** Why there can be no tests of queues here, or undefined. */
export const noQueues = lacks('ipcs', '-q');

/** The ids of all queues, as ipcs(1) lists them. */
export function queueIds(): number[] {
  const { stdout } = spawnSync('ipcs', ['-q'], { encoding: 'utf8' });
  return Array.from(stdout.matchAll(/^0x[0-9a-f]+ +(\d+)/gm), ([, id]) => Number(id)).sort((a, b) => a - b);
}

/** Runs `fn` with a private queue, which is gone afterwards, and checks that it made no other. */
export async function withQueue<T>(fn: (queue: MessageQueue) => T | Promise<T>): Promise<T> {
  const queue = MessageQueue.private();
  const remove = () => spawnSync('ipcrm', ['-q', String(queue.id)]);
  // Also of a test that ends the process.
  process.once('exit', remove);
  try {
    return await fn(queue);
  } finally {
    queue.close();
    remove();
    process.off('exit', remove);
    assert.not.ok(queueIds().includes(queue.id), 'a queue is left');
  }
}

/** A key that no queue has: of this process, and another each time. */
export function freeKey(): number {
  last = (last + 1) & 0xff;
  return 0x5a000000 | ((process.pid & 0xffff) << 8) | last;
}
let last = 0;

/**
 * Waits until every queue is gone that is there now and was not `before`. Others test at the same time: theirs go away
 * by themselves, and those that they make from now on are not looked at.
 */
export async function queuesGone(before: readonly number[]): Promise<void> {
  const left = queueIds().filter((id) => !before.includes(id));
  await until(`queues ${left.join()} are gone`, () => !queueIds().some((id) => left.includes(id)));
}

/** Fails a suite that leaves a queue in the kernel. */
export function checkQueues(suite: Suite): void {
  if (noQueues) return;
  const before = queueIds();
  suite.after(() => queuesGone(before));
}

/** Runs `fn` with a key, and removes the queue that has it afterwards. */
export async function withKey<T>(fn: (key: number) => T | Promise<T>): Promise<T> {
  const key = freeKey();
  const remove = () => spawnSync('ipcrm', ['-Q', `0x${(key >>> 0).toString(16)}`]);
  process.once('exit', remove);
  try {
    return await fn(key);
  } finally {
    remove();
    process.off('exit', remove);
  }
}
