import type { Sendable } from '../../fd/sendable.js';
import { EAGAIN } from '../../libc/errno.js';
import { BATCH_MOST } from '../frame/batch-memory.js';
import type { Outgoing } from '../frame/data.js';
import type { MessageTrace } from '../frame/frame.js';
import { type OutgoingBatch, outgoingBatch } from '../frame/outgoing-batch.js';
import { isSendingWatched, publishSent } from '../frame/outgoing-frame.js';
import { sendError, withoutGetters } from './attempt-send.js';
import type { HeldMessage } from './held-message.js';

/**
 * One system call for the messages from `messages[first]` on, as many of them as go together: whether the kernel took
 * anything, which each of them has noted. On a stream the last may have gone in part. Throws what is wrong with the
 * first; what is wrong with another ends the call in front of it, and is thrown when its turn comes.
 */
export function attemptSendMany(fd: number, messages: readonly HeldMessage[], first: number, most: number): boolean {
  const batch = outgoingBatch();
  const count = Math.min(most, BATCH_MOST, messages.length - first);
  const head = messages[first] as HeldMessage;
  // What is there of one that has begun, or is larger than a slot, goes by itself.
  if (count === 1 || head.taken > 0 || !batch.fits(head.rest)) return head.send(fd);
  const numbers = collectNumbers(batch, messages, first, count);
  const filled = fill(batch, messages, first, numbers);
  const sent = batch.send(fd, filled);
  if (sent < 0) {
    if (sent === -EAGAIN) return false;
    throw sendError('sendmmsg', -sent, 0, head.rest, numbers[0] as readonly Sendable[]);
  }
  const traces: MessageTrace[] = [];
  if (isSendingWatched()) for (let i = 0; i < sent; i++) traces.push(batch.traceOf(fd, i));
  // All sizes before anything is closed: whatever that brings about may use the batch.
  const sizes: number[] = [];
  for (let i = 0; i < sent; i++) sizes.push(batch.sizeOf(i));
  const failures: unknown[] = [];
  for (let i = 0; i < sent; i++) {
    try {
      (messages[first + i] as HeldMessage).take(sizes[i] as number);
    } catch (error) {
      // Of a duplicate that somebody has closed: it has gone like the others, which must not be sent again.
      failures.push(error);
    }
  }
  for (const trace of traces) publishSent(trace);
  if (failures.length > 0) throw failures[0];
  return true;
}

/**
 * The descriptors of those that go together, before a byte of them is written: a getter among them may do anything, and
 * use the same memory.
 */
function collectNumbers(
  batch: OutgoingBatch,
  messages: readonly HeldMessage[],
  first: number,
  count: number,
): (readonly Sendable[])[] {
  const numbers: (readonly Sendable[])[] = [];
  for (let i = 0; i < count; i++) {
    try {
      const message = restOf(messages, first + i);
      if (!batch.fits(message)) break;
      numbers.push(withoutGetters(message.fds));
    } catch (error) {
      if (i === 0) throw error;
      break;
    }
  }
  return numbers;
}

/** Writes as many as can be written; how many. */
function fill(
  batch: OutgoingBatch,
  messages: readonly HeldMessage[],
  first: number,
  numbers: readonly (readonly Sendable[])[],
): number {
  batch.clear();
  for (let i = 0; i < numbers.length; i++) {
    try {
      batch.put(i, restOf(messages, first + i), numbers[i] as readonly Sendable[]);
    } catch (error) {
      if (i === 0) throw error;
      return i;
    }
  }
  return numbers.length;
}

function restOf(messages: readonly HeldMessage[], i: number): Outgoing {
  return (messages[i] as HeldMessage).rest;
}
