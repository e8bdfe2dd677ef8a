// Every refusal of the kernel, told apart by its cause: one errno has several, which limits and the queue itself tell.

import {
  AncillaryError,
  E2BIG,
  EACCES,
  EAGAIN,
  EEXIST,
  EIDRM,
  EINVAL,
  ENOENT,
  ENOMSG,
  ENOSPC,
  ENOSYS,
  EPERM,
  systemError,
} from './base.js';
import { showKey } from './key.js';
import { readLimits } from './limits.js';
import { findStatus } from './status.js';

/** What an error says of a queue. */
export interface Named {
  readonly id: number;
  /** Whether a queue of this id has been there: an id that is unknown now was removed, then. */
  wasThere: boolean;
}

const NO_SYSV = 'this kernel has no System V queues (CONFIG_SYSVIPC), or a sandbox forbids them';

/** Of msgget. */
export function getError(errno: number, key: number | undefined): AncillaryError {
  const subject = key === undefined ? 'for a private queue' : `for key ${showKey(key)}`;
  return systemError('msgget', errno, subject, adviceOfGet(errno));
}

function adviceOfGet(errno: number): string {
  switch (errno) {
    case EEXIST:
      return 'there is such a queue: open it, or create without exclusive';
    case ENOENT:
      return 'there is no such queue: create it first, in the same IPC namespace';
    case EACCES:
      return "the queue's mode does not grant what the mode given here asks for: open it, which asks for nothing";
    case ENOSPC:
      return `there are as many queues as there may be (kernel.msgmni = ${readLimits()?.msgmni}): remove some, see ipcs -q`;
    case ENOSYS:
      return NO_SYSV;
    default:
      return '';
  }
}

/** Of msgsnd, of a message of `size` bytes. */
export function sendError(errno: number, queue: Named, size: number): AncillaryError {
  if (errno === EINVAL) {
    const limits = readLimits();
    if (limits && size > limits.msgmax) {
      return tooLarge(size, queue, `the kernel takes ${limits.msgmax} at most (kernel.msgmax): send it in parts`);
    }
    return unknownQueue('msgsnd', queue);
  }
  return systemError('msgsnd', errno, on(queue), adviceOfSend(errno, queue));
}

function adviceOfSend(errno: number, queue: Named): string {
  switch (errno) {
    case EAGAIN:
      return 'it is full: receive some of it, wait, or raise its qbytes with set()';
    case EACCES:
      return noPermission('write', queue);
    case EIDRM:
      return 'the queue was removed';
    case ENOSYS:
      return NO_SYSV;
    default:
      return '';
  }
}

/** A message that no receiver makes room for: waiting would be for ever. */
export function neverFits(size: number, queue: Named): AncillaryError | undefined {
  const status = findStatus(queue.id);
  if (!status || (size <= status.qbytes && status.qbytes > 0)) return undefined;
  return tooLarge(size, queue, `it holds ${status.qbytes} at most (qbytes), even when empty: raise that with set()`);
}

function tooLarge(size: number, queue: Named, why: string): AncillaryError {
  const details = { errno: EINVAL, syscall: 'msgsnd' };
  return new AncillaryError(
    'ERR_TOO_LARGE',
    `a message of ${size} bytes does not fit into ${name(queue)}: ${why}`,
    details,
  );
}

/** Of msgrcv, with room for `room` bytes. */
export function receiveError(errno: number, queue: Named, room: number): AncillaryError {
  if (errno === EINVAL) return unknownQueue('msgrcv', queue);
  return systemError('msgrcv', errno, on(queue), adviceOfReceive(errno, queue, room));
}

function adviceOfReceive(errno: number, queue: Named, room: number): string {
  switch (errno) {
    case ENOMSG:
      return 'it holds no message of the type that is wanted';
    case E2BIG:
      return `the message has more than ${room} bytes and stays: give it more room, or cut it with noError`;
    case EACCES:
      return noPermission('read', queue);
    case EIDRM:
      return 'the queue was removed';
    case ENOSYS:
      return NO_SYSV;
    default:
      return '';
  }
}

/** Of msgrcv with MSG_COPY, which is EINVAL for a message that was sent before kernel.msgmax was lowered, too. */
export function peekError(errno: number, queue: Named, room: number): AncillaryError {
  if (errno === EINVAL && findStatus(queue.id)) {
    const most = readLimits()?.msgmax;
    const why = `it has more than ${most} bytes, and no longer one is copied (kernel.msgmax): receive it, or raise that`;
    return new AncillaryError('ERR_TOO_LARGE', `a message of ${name(queue)} cannot be looked at: ${why}`, {
      errno,
      syscall: 'msgrcv',
    });
  }
  if (errno !== ENOSYS) return receiveError(errno, queue, room);
  const advice = 'this kernel shows no messages without taking them (it was built without CONFIG_CHECKPOINT_RESTORE)';
  return systemError('msgrcv', errno, `to look into ${name(queue)}`, advice);
}

/** Of msgctl. */
export function controlError(errno: number, queue: Named, what: 'stat' | 'set' | 'remove'): AncillaryError {
  if (errno === EINVAL && !findStatus(queue.id)) return unknownQueue('msgctl', queue);
  return systemError('msgctl', errno, `to ${what} ${name(queue)}`, adviceOfControl(errno, queue, what));
}

function adviceOfControl(errno: number, queue: Named, what: 'stat' | 'set' | 'remove'): string {
  if (errno === EACCES) return noPermission('read', queue);
  if (errno === EIDRM) return 'the queue was removed';
  if (errno === ENOSYS) return NO_SYSV;
  if (errno === EINVAL) {
    return 'this user namespace has no such uid or gid, neither given nor of its owner: see /proc/self/uid_map and gid_map';
  }
  if (errno !== EPERM) return '';
  const status = findStatus(queue.id);
  const owners = status ? ` (uid ${status.uid}, made by uid ${status.cuid})` : '';
  const most = readLimits()?.msgmnb;
  const root =
    what === 'set' && most !== undefined ? `; a qbytes above ${most} (kernel.msgmnb) needs CAP_SYS_RESOURCE` : '';
  return `only its owner${owners} and CAP_SYS_ADMIN may${root}`;
}

/** EINVAL of an id that names no queue; EIDRM, as who sleeps in a call is told, where it did name one. */
function unknownQueue(syscall: string, queue: Named): AncillaryError {
  if (queue.wasThere) return systemError(syscall, EIDRM, on(queue), 'the queue was removed');
  const advice = 'no queue of this IPC namespace has that id: see ipcs -q, or find the queue by its key';
  return systemError(syscall, EINVAL, on(queue), advice);
}

function noPermission(access: 'read' | 'write', { id }: Named): string {
  const status = findStatus(id);
  const whose = status ? ` (${status.mode.toString(8).padStart(4, '0')} of uid ${status.uid}, gid ${status.gid})` : '';
  return `its mode${whose} does not let this process ${access}`;
}

function on(queue: Named): string {
  return `on ${name(queue)}`;
}

function name({ id }: Named): string {
  return `queue ${id}`;
}
