/** The chain `msg_queue -> msg_msg -> msg_msgseg ...` of a System V queue, drawn. */
import { hexOfBytes } from '../model/hex.js';
import { exactLength } from '../model/length.js';
import { type Block, type Cell, cell, type Drawing, type Role } from './drawing.js';
import { type DrawnStatus, nameKey, namePid, octal, share, time } from './queue.js';

/** One allocation: what is stored in it, and the slab that it takes. */
export interface DrawnPart {
  struct: 'msg_msg' | 'msg_msgseg';
  offset: number;
  size: number;
  allocated: number;
  slab: number;
  slabName: string;
}

export interface DrawnMessage {
  /** From the oldest. */
  index: number;
  type: number | bigint;
  data: Uint8Array;
  parts: readonly DrawnPart[];
}

/** Bytes of a struct, and where its members begin. */
interface DrawnStruct {
  size: number;
  offsets: Readonly<Record<string, number>>;
}

export interface DrawnQueue {
  status: DrawnStatus;
  limits: { msgmax: number; msgmnb: number; msgmni: number } | undefined;
  structs: Readonly<Record<'msg_queue' | 'msg_msg' | 'msg_msgseg', DrawnStruct>>;
  slabName: string;
  messages: readonly DrawnMessage[];
  /** Messages that were not looked at. */
  left: number;
  /** It changed while it was looked at. */
  changed: boolean;
  /** Why its messages cannot be shown. */
  problem: string | undefined;
}

/** Bytes in a row, and rows of one part: of a long message the beginning is enough to know it. */
const ROW = 16;
const MOST_ROWS = 4;

/** The queue as a chain; `whole`: with every byte. */
export function drawQueue(queue: DrawnQueue, whole = false): Drawing {
  const { status, messages, left, changed, problem } = queue;
  const notes: Block[] = [];
  if (changed) {
    notes.push(
      noteOf('it changed while it was looked at: messages may be missing here, or stand here twice', 'different'),
    );
  }
  return [
    headOf(queue),
    drawHead(queue),
    ...messages.flatMap((message, i) => drawMessage(queue, message, i === 0, whole)),
    ...(problem === undefined ? endOf(queue) : [noteOf(...problemOf(messages, problem))]),
    ...(left === 0 && !changed && problem === undefined && status.qnum > 0 ? [drawSlabs(queue)] : []),
    ...notes,
  ];
}

/** Of a queue that can be looked into in part, the rest alone is not shown. */
function problemOf({ length }: DrawnQueue['messages'], problem: string): [text: string, role: Role, arrow: string] {
  const [what, arrow] = length === 0 ? ['its messages', 'q_messages'] : ['other messages', 'm_list'];
  return [`${what} are not shown: ${problem}`, 'problem', arrow];
}

function noteOf(text: string, role: Role, arrow?: string): Block {
  return { title: [cell(text, role)], rows: [], ...(arrow !== undefined && { arrow }) };
}

function headOf({ status, limits }: DrawnQueue): Block {
  const { id, key } = status;
  const rows = limits
    ? [
        [cell('kernel.msgmax', 'offset'), cell(limits.msgmax), cell('bytes of one message at most')],
        [cell('kernel.msgmnb', 'offset'), cell(limits.msgmnb), cell('q_qbytes of a new queue')],
        [cell('kernel.msgmni', 'offset'), cell(limits.msgmni), cell('queues at most')],
      ]
    : [];
  return { title: [cell(`System V queue ${id}, key ${nameKey(key)}`, 'title')], rows };
}

function drawHead({ status, structs, slabName }: DrawnQueue): Block {
  const { size, offsets } = structs.msg_queue;
  const { uid, gid, cuid, cgid, mode, qnum, cbytes, qbytes, lspid, lrpid, stime, rtime, ctime } = status;
  const members: [name: string, text: string, role: Role][] = [
    ['q_perm', `mode ${octal(mode)}, owner uid ${uid} gid ${gid}, made by uid ${cuid} gid ${cgid}`, 'level'],
    ['q_stime', `${time(stime)}, when one was sent last`, 'pad'],
    ['q_rtime', `${time(rtime)}, when one was received last`, 'pad'],
    ['q_ctime', `${time(ctime)}, when it was made or changed`, 'pad'],
    ['q_cbytes', `${cbytes} of ${qbytes} bytes${share(cbytes, qbytes)}`, 'length'],
    ['q_qnum', `${qnum} of ${qbytes} messages${share(qnum, qbytes)}`, 'length'],
    ['q_qbytes', `${qbytes}, the most bytes, and the most messages`, 'length'],
    ['q_lspid', stime ? `${namePid(lspid)} sent last` : 'nobody has sent', 'type'],
    ['q_lrpid', rtime ? `${namePid(lrpid)} received last` : 'nobody has received', 'type'],
    ['q_messages', qnum === 0 ? 'an empty list' : `the list of messages, ${qnum} of them`, 'payload'],
  ];
  return {
    title: [cell(`msg_queue: ${size} bytes in ${slabName}`, 'title')],
    rows: members.map(([name, text, role]) => [
      cell(offsets[name] ?? '', 'offset'),
      cell(name, role),
      cell(text, role),
    ]),
  };
}

function drawMessage(queue: DrawnQueue, message: DrawnMessage, isFirst: boolean, whole: boolean): Block[] {
  const { index, type, data, parts } = message;
  return parts.map((part, i): Block => {
    const struct = queue.structs[part.struct];
    const { size, offsets } = struct;
    const bytes = data.subarray(part.offset, part.offset + part.size);
    const next = i + 1 < parts.length ? 'the msg_msgseg below' : 'NULL: the message ends here';
    const where = `${size} + ${part.size} of ${part.slab} bytes in ${part.slabName}`;
    const what = `message ${index}, type ${exactLength(BigInt(type))}, ${count(data.length, 'byte')}`;
    const [title, members, arrow] =
      i === 0
        ? [`msg_msg: ${what}; ${where}`, membersOf(message, struct, next), isFirst ? 'q_messages' : 'm_list']
        : [`msg_msgseg: bytes from ${part.offset} on; ${where}`, [['next', next, 'pad']] as Member[], 'next'];
    return {
      title: [cell(title, 'title')],
      arrow,
      level: i === 0 ? 0 : 1,
      rows: [
        ...members.map(([name, text, role, meaning]) => [
          cell(offsets[name] ?? '', 'offset'),
          cell(text, role),
          cell(meaning === undefined ? name : `${name} = ${meaning}`, role),
        ]),
        ...drawBytes(bytes, size, part.offset, whole),
      ],
    };
  });
}

type Member = [name: string, bytes: string, role: Role, meaning?: string];

/** The members of a msg_msg; of those that are addresses no call tells. */
function membersOf({ type, data }: DrawnMessage, { offsets }: DrawnStruct, next: string): Member[] {
  const size = (offsets.m_ts ?? 0) - (offsets.m_type ?? 0);
  return [
    ['m_list', 'the messages before and behind it', 'pad'],
    ['m_type', hexOfWord(BigInt(type), size), 'type', `${exactLength(BigInt(type))}`],
    ['m_ts', hexOfWord(BigInt(data.length), size), 'length', `${data.length}`],
    ['next', next, 'pad'],
    ['security', 'what a security module keeps', 'pad'],
  ];
}

/** The bytes of a word of the kernel; queues are read on little-endian machines alone. */
function hexOfWord(value: bigint, size: number): string {
  return hexOfBytes(
    Uint8Array.from({ length: size }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn)),
    ' ',
  );
}

/** The dump of a part: its own offset, bytes, and the characters that they are. */
function drawBytes(bytes: Uint8Array, start: number, from: number, whole: boolean): Cell[][] {
  if (bytes.length === 0) return [[cell(start, 'offset'), cell('no byte of text', 'pad'), cell('')]];
  const most = whole ? Number.POSITIVE_INFINITY : MOST_ROWS * ROW;
  const rows: Cell[][] = [];
  for (let at = 0; at < bytes.length && at < most; at += ROW) {
    const part = bytes.subarray(at, at + ROW);
    rows.push([
      cell(start + at, 'offset'),
      cell(hexOfBytes(part, ' '), 'payload'),
      cell(`|${charactersOf(part)}|`, 'payload'),
    ]);
  }
  const left = bytes.length - most;
  if (left > 0) {
    const shown = `${count(left, 'byte')} more, up to ${from + bytes.length - 1} of the message`;
    rows.push([cell(start + most, 'offset'), cell(shown, 'pad'), cell('..', 'pad')]);
  }
  return rows;
}

function charactersOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
}

/** What follows the last message that is drawn. */
function endOf({ messages, left }: DrawnQueue): Block[] {
  if (left > 0) {
    const arrow = messages.length === 0 ? 'q_messages' : 'm_list';
    return [noteOf(`${count(left, 'message')} more, not drawn`, 'different', arrow)];
  }
  return messages.length === 0 ? [] : [noteOf('back to q_messages of the msg_queue', 'offset', 'm_list')];
}

/** What the whole queue takes. */
function drawSlabs({ messages, slabName, structs, status }: DrawnQueue): Block {
  const slabs = new Map<string, { count: number; bytes: number }>();
  const add = (name: string, bytes: number) => {
    const { count = 0, bytes: before = 0 } = slabs.get(name) ?? {};
    slabs.set(name, { count: count + 1, bytes: before + bytes });
  };
  add(slabName, structs.msg_queue.size);
  for (const { parts } of messages) for (const part of parts) add(part.slabName, part.slab);
  const all = [...slabs.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    title: [cell(`${all} bytes of slabs for ${count(status.cbytes, 'byte')} of messages`, 'title')],
    rows: [...slabs].map(([name, each]) => [cell(each.count), cell(name), cell(`${each.bytes} bytes`)]),
  };
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
