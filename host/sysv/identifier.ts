import { queueCalls } from './calls.js';
import { IPC_PRIVATE, IPC_RMID } from './constants.js';
import { getError } from './errors.js';

/** msgget(2): the id of the queue of `key`, of a new one for undefined. */
export function getQueue(key: number | undefined, flags: number): number {
  const { msgget, errno } = queueCalls();
  const id = msgget(key ?? IPC_PRIVATE, flags);
  if (id >= 0) return id;
  throw getError(errno(), key);
}

/** msgctl(2) with IPC_RMID; gives the errno, or 0. */
export function removeQueue(id: number): number {
  const { msgctl, errno } = queueCalls();
  return msgctl(id, IPC_RMID, 0) === 0 ? 0 : errno();
}
