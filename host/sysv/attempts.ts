// One system call each, which never sleeps (IPC_NOWAIT): a message, a result, or NOT_YET.

import { AncillaryError, byteLengthOf, E2BIG, EAGAIN, EINTR, ENOMSG, INT_MAX } from './base.js';
import { queueCalls } from './calls.js';
import { IPC_NOWAIT, MSG_COPY, MSG_EXCEPT, MSG_NOERROR } from './constants.js';
import { type Named, peekError, receiveError, sendError } from './errors.js';
import { NOT_YET } from './lines.js';
import type { QueueMessage, QueueMessageHead, Wanted } from './message.js';
import { type MessageMemory, messageMemory } from './message-memory.js';

/** Puts a message into the queue; NOT_YET when it is full. */
export function attemptSend(
  queue: Named,
  type: number | bigint,
  bytes: Uint8Array,
  size: number,
): undefined | typeof NOT_YET {
  const { msgsnd, errno } = queueCalls();
  const memory = messageMemory();
  if (byteLengthOf(bytes) < size) throw dataGone('data');
  memory.put(bytes, size);
  memory.type = type;
  try {
    for (;;) {
      if (msgsnd(queue.id, memory.address, size, IPC_NOWAIT) === 0) return undefined;
      const failure = errno();
      if (failure === EAGAIN) return NOT_YET;
      if (failure !== EINTR) throw sendError(failure, queue, size);
    }
  } finally {
    memory.shrink();
  }
}

/** Takes a message out of the queue; NOT_YET when there is none that is wanted. */
export function attemptReceive(queue: Named, wanted: Wanted): QueueMessage | QueueMessageHead | typeof NOT_YET {
  const { type, except, noError, maxSize, into } = wanted;
  // Asked before: what has been taken must have a place.
  const limit = into ? byteLengthOf(into) : maxSize;
  if (into && limit === 0 && isGone(into)) throw dataGone('into');
  const memory = messageMemory();
  const flags = IPC_NOWAIT | (except ? MSG_EXCEPT : 0) | (noError ? MSG_NOERROR : 0);
  try {
    const size = receiveWith(memory, queue, type, flags, limit);
    if (size === -ENOMSG) return NOT_YET;
    if (size < 0) throw receiveError(-size, queue, limit ?? memory.room);
    if (!into) return { type: memory.type, data: memory.take(size) };
    memory.takeInto(into, size);
    return { type: memory.type, size };
  } finally {
    memory.shrink();
  }
}

/** A copy of the message at `index`, counted from the oldest; undefined where there is none. */
export function attemptPeek(queue: Named, index: number): QueueMessage | undefined {
  const memory = messageMemory();
  try {
    const size = receiveWith(memory, queue, index, IPC_NOWAIT | MSG_COPY, undefined);
    if (size === -ENOMSG) return undefined;
    if (size < 0) throw peekError(-size, queue, memory.room);
    return { type: memory.type, data: memory.take(size) };
  } finally {
    memory.shrink();
  }
}

/**
 * msgrcv with as much room as the message needs, `limit` bytes at most; its size, or the errno below zero. Room is made
 * only for a message that is there.
 */
function receiveWith(
  memory: MessageMemory,
  { id }: Named,
  type: number | bigint,
  flags: number,
  limit = INT_MAX,
): number {
  const { msgrcv, errno } = queueCalls();
  for (;;) {
    const isAll = memory.room >= limit;
    const room = isAll ? limit : memory.room;
    // Nothing is cut to less than the limit.
    const size = msgrcv(id, memory.address, room, type, isAll ? flags : flags & ~MSG_NOERROR);
    if (size >= 0) return size;
    const failure = errno();
    // The message stays where it is.
    if (failure === E2BIG && !isAll) {
      memory.reserve(Math.min(2 * memory.room, limit));
    } else if (failure !== EINTR) return -failure;
  }
}

/** Whether an array that may have been empty from the start has lost its memory. */
function isGone(into: Uint8Array): boolean {
  try {
    into.values();
    return false;
  } catch {
    return true;
  }
}

function dataGone(name: string): AncillaryError {
  return new AncillaryError('ERR_DATA_GONE', `the memory of ${name} is gone: leave it alone until the call is over`);
}
