/** A System V queue as the kernel has it: what it says of it, and the chain of its messages. */
import { type Block, cell } from './drawing.js';

/** What is drawn of a queue, by the kernel's names; see QueueStatus. */
export interface DrawnStatus {
  id: number;
  key: number;
  uid: number;
  gid: number;
  cuid: number;
  cgid: number;
  mode: number;
  cbytes: number;
  qnum: number;
  qbytes: number;
  lspid: number;
  lrpid: number;
  stime: Date | undefined;
  rtime: Date | undefined;
  ctime: Date;
}

/** What the kernel says of a queue, in rows. */
export function drawStatus(status: DrawnStatus): Block {
  const { id, ...rows } = rowsOfStatus(status);
  return {
    title: [cell(id, 'title')],
    rows: Object.entries(rows).map(([label, text]) => [cell(label, 'offset'), cell(text)]),
  };
}

function rowsOfStatus(status: DrawnStatus) {
  const { id, uid, gid, cuid, cgid, qnum, cbytes, qbytes, lspid, lrpid, stime, rtime, ctime } = status;
  return {
    id: `queue ${id}`,
    key: nameKey(status.key),
    mode: octal(status.mode),
    owner: `uid ${uid}, gid ${gid}`,
    'made by': `uid ${cuid}, gid ${cgid}`,
    messages: `${qnum} of ${qbytes}`,
    bytes: `${cbytes} of ${qbytes}${share(cbytes, qbytes)}`,
    'last sent': when(stime, lspid),
    'last received': when(rtime, lrpid),
    changed: time(ctime),
  };
}

/** A key as ipcs(1) has it, and what a private queue has in its place. */
export function nameKey(key: number): string {
  return key === 0 ? 'none (IPC_PRIVATE)' : `0x${(key >>> 0).toString(16).padStart(8, '0')}`;
}

export function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

/** How full, where something has room. */
export function share(part: number, whole: number): string {
  return whole > 0 ? `, ${Math.round((100 * part) / whole)} %` : '';
}

/** UTC, to the second: the kernel keeps no more. */
export function time(date: Date | undefined): string {
  return date ? date.toISOString().replace(/\.000Z$/, 'Z') : 'never';
}

function when(date: Date | undefined, pid: number): string {
  return date ? `${time(date)} by ${namePid(pid)}` : 'never';
}

/** Of another pid namespace there is no number. */
export function namePid(pid: number): string {
  return pid === 0 ? 'a process that is not seen from here' : `pid ${pid}`;
}
