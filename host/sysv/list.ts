import { readFileSync } from 'node:fs';
import { EINVAL, systemError } from './base.js';
import { highestIndex } from './limits.js';
import { dateOf, type QueueStatus, readStatusAt } from './status.js';

/** Every queue of the IPC namespace, by /proc as well, which lists them for everybody. */
const PROC = '/proc/sysvipc/msg';

/**
 * Every queue of this IPC namespace, whoever may use it, in the order of the kernel's table. Without MSG_STAT_ANY (before
 * Linux 4.17) /proc/sysvipc/msg tells of all but qbytes.
 */
export function listQueues(): QueueStatus[] {
  const queues: QueueStatus[] = [];
  let refusal = 0;
  for (let index = 0, highest = highestIndex(); index <= highest; index++) {
    const status = readStatusAt(index);
    // EINVAL of an index that no queue has; and of all of them, where the command is unknown.
    if (typeof status !== 'number') queues.push(status);
    else if (status !== EINVAL) refusal = status;
  }
  return queues.length > 0 ? queues : listByProc(refusal);
}

function listByProc(refusal: number): QueueStatus[] {
  try {
    return parseProc(readFileSync(PROC, 'latin1'));
  } catch (cause) {
    // No queue, and no /proc: nobody has said that there is one.
    if (refusal === 0) return [];
    throw systemError('msgctl', refusal, 'to list queues', `and ${PROC} cannot be read`, { cause });
  }
}

/** The queues that /proc/sysvipc/msg lists: a line of names, and one for each of them. */
export function parseProc(text: string): QueueStatus[] {
  const [head = '', ...lines] = text.split('\n').filter((line) => line.trim() !== '');
  const names = head.trim().split(/\s+/);
  return lines.map((line) => {
    const words = line.trim().split(/\s+/);
    const word = (name: string) => words[names.indexOf(name)] ?? '0';
    const number = (name: string) => Number(word(name));
    return {
      id: number('msqid'),
      key: number('key') | 0,
      uid: number('uid'),
      gid: number('gid'),
      cuid: number('cuid'),
      cgid: number('cgid'),
      mode: Number.parseInt(word('perms'), 8),
      cbytes: number('cbytes'),
      qnum: number('qnum'),
      qbytes: undefined,
      lspid: number('lspid'),
      lrpid: number('lrpid'),
      stime: dateOf(number('stime')),
      rtime: dateOf(number('rtime')),
      ctime: new Date(number('ctime') * 1000),
    };
  });
}
