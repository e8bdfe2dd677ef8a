import { type Field, type Native, native, readStructNamed } from './base.js';
import { queueCalls } from './calls.js';
import { IPC_SET, IPC_STAT, MSG_STAT_ANY } from './constants.js';
import type { QueueSettings } from './settings.js';

/** What the kernel says of a queue (struct msqid_ds), by the names that C has for it. */
export interface QueueStatus {
  id: number;
  /** 0 of a private queue. */
  key: number;
  /** The owner, who may change and remove it. */
  uid: number;
  gid: number;
  /** Who made it. */
  cuid: number;
  cgid: number;
  /** Permission bits: 0o600 for the owner alone to read and write. */
  mode: number;
  /** Bytes of all messages in it. */
  cbytes: number;
  /** Messages in it. */
  qnum: number;
  /** The most bytes, and the most messages, that it holds; undefined where only /proc could be asked. */
  qbytes: number | undefined;
  /** The process that sent last, and the one that received last; 0 for none, or one of another pid namespace. */
  lspid: number;
  lrpid: number;
  /** When that was, to the second; undefined for never. */
  stime: Date | undefined;
  rtime: Date | undefined;
  /** When it was made, or changed by set(). */
  ctime: Date;
}

/** What asked the kernel itself has. */
export interface WholeStatus extends QueueStatus {
  qbytes: number;
}

/** Where the members of struct msqid_ds lie on this machine. */
interface Layout {
  readonly size: number;
  readonly fields: Readonly<Record<string, Field>>;
}

let layout: Layout | undefined;

/** Struct msqid_ds with the members of its struct ipc_perm, as the row of this machine's ABI has them. */
function layoutOf({ codec, abiId }: Native): Layout {
  if (layout) return layout;
  const queue = readStructNamed(codec, abiId, 'msqid_ds');
  const perm = readStructNamed(codec, abiId, 'ipc_perm');
  const start = queue?.fields.msg_perm?.offset ?? 0;
  const fields: Record<string, Field> = { ...queue?.fields };
  for (const [name, { offset, size }] of Object.entries(perm?.fields ?? {}))
    fields[name] = { offset: start + offset, size };
  layout = { size: queue?.size ?? 0, fields };
  return layout;
}

/** The status of the queue `id`; the errno, where it cannot be told. Needs no permission since Linux 4.17. */
export function readStatus(id: number): WholeStatus | number {
  const status = ask(id, IPC_STAT);
  if (typeof status !== 'number') return { ...status, id };
  // Of an id the kernel takes the index, at which there may be another queue by now.
  const listed = readStatusAt(id);
  return typeof listed !== 'number' && listed.id === id ? listed : status;
}

/** The same, for what is said of a queue in an error. */
export function findStatus(id: number): WholeStatus | undefined {
  const status = readStatus(id);
  return typeof status === 'number' ? undefined : status;
}

/** The queue at `index` of the kernel's table, or the errno: EINVAL where there is none. */
export function readStatusAt(index: number): WholeStatus | number {
  return ask(index, MSG_STAT_ANY);
}

/** IPC_STAT of an id, or MSG_STAT_ANY of an index, which returns the id. */
function ask(which: number, command: number): WholeStatus | number {
  const machine = native();
  const { size, fields } = layoutOf(machine);
  return machine.codec.arena.lend(size, (at) => {
    const { msgctl, errno } = queueCalls();
    const id = msgctl(which, command, machine.base + at);
    if (id < 0) return errno();
    const read = (name: string) => readInteger(machine, fields[name], at);
    return {
      id,
      key: read('key') | 0,
      uid: read('uid'),
      gid: read('gid'),
      cuid: read('cuid'),
      cgid: read('cgid'),
      mode: read('mode'),
      cbytes: read('msg_cbytes'),
      qnum: read('msg_qnum'),
      qbytes: read('msg_qbytes'),
      lspid: read('msg_lspid'),
      lrpid: read('msg_lrpid'),
      stime: dateOf(read('msg_stime')),
      rtime: dateOf(read('msg_rtime')),
      ctime: new Date(read('msg_ctime') * 1000),
    };
  });
}

/** IPC_SET of the queue of `status`, which is as it was but for the settings; the errno, or 0. */
export function writeSettings(status: WholeStatus, settings: QueueSettings): number {
  const machine = native();
  const { size, fields } = layoutOf(machine);
  return machine.codec.arena.lend(size, (at) => {
    machine.codec.bytes.fill(0, at, at + size);
    const { qbytes = status.qbytes, mode = status.mode, uid = status.uid, gid = status.gid } = settings;
    for (const [name, value] of Object.entries({ msg_qbytes: qbytes, mode, uid, gid })) {
      writeInteger(machine, fields[name], at, value);
    }
    const { msgctl, errno } = queueCalls();
    return msgctl(status.id, IPC_SET, machine.base + at) === 0 ? 0 : errno();
  });
}

/** The seconds of a time_t, which are 0 for never. */
export function dateOf(seconds: number): Date | undefined {
  return seconds === 0 ? undefined : new Date(seconds * 1000);
}

// koffi runs on little-endian machines alone.

function readInteger({ codec: { view } }: Native, field: Field | undefined, at: number): number {
  const offset = at + (field?.offset ?? 0);
  if (field?.size === 8) return Number(view.getBigUint64(offset, true));
  return field?.size === 2 ? view.getUint16(offset, true) : view.getUint32(offset, true);
}

function writeInteger({ codec: { view } }: Native, field: Field | undefined, at: number, value: number): void {
  const offset = at + (field?.offset ?? 0);
  // Where it has 64 bits the upper ones are zero already.
  if (field?.size === 2) view.setUint16(offset, value, true);
  else view.setUint32(offset, value, true);
}
