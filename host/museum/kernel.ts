/** What a kernel makes of messages that were sent, for a receiver with so much room and so many free descriptors. */
import { TRUNCATED } from './beliefs.js';
import type { Belief } from './exhibit.js';
import type { Scene } from './scene.js';

/** How kernels differ, as far as exhibits show it. */
export interface KernelRow {
  /**
   * A message that has no room: what there is of it, its cmsg_len cut (Linux) or as it was (Darwin), nothing of it
   * nor of those behind it (FreeBSD), or the call fails with EMSGSIZE (OpenBSD).
   */
  readonly cut: 'clip' | 'keep-length' | 'drop' | 'refuse';
  /** Descriptors that are made: those whose numbers fit, or all, whether the receiver is told or not. */
  readonly installs: 'fitting' | 'all';
  /** When MSG_CTRUNC is raised: always, never, or not where the room ends just behind a message. */
  readonly tells: 'always' | 'never' | 'inside';
}

export const LINUX: KernelRow = { cut: 'clip', installs: 'fitting', tells: 'always' };
export const DARWIN: KernelRow = { cut: 'keep-length', installs: 'all', tells: 'always' };
export const FREEBSD: KernelRow = { cut: 'drop', installs: 'fitting', tells: 'always' };

export interface Sent {
  level: number;
  type: number;
  data: Uint8Array;
}

export interface Receiver {
  /** msg_controllen, as the program passes it. */
  readonly room: number;
  /** Descriptors that the process may still open. */
  readonly free?: number;
  readonly kernel?: KernelRow;
  /** What the buffer holds before; the kernel leaves what it does not write. */
  readonly buffer?: Uint8Array;
}

export interface Received {
  /** All of the program's buffer. */
  readonly buffer: Uint8Array;
  /** msg_controllen, as the kernel left it. */
  readonly controllen: number;
  readonly isTruncated: boolean;
  /** Descriptors that are open in the receiver now, told or not. */
  readonly installed: readonly number[];
  /** Descriptors that were sent. */
  readonly sent: number;
  readonly isRefused: boolean;
}

/** What programs find in memory that they did not write. */
export const DIRT = 0xaa;
/** The receiver's numbers begin here, so that they are never taken for the sender's. */
export const FIRST_FD = 100;

export function deliver(scene: Scene, sent: readonly Sent[], receiver: Receiver): Received {
  const { room, free = Number.POSITIVE_INFINITY, kernel = LINUX } = receiver;
  const buffer = receiver.buffer ?? new Uint8Array(room).fill(DIRT);
  const installed: number[] = [];
  let used = 0;
  let isTruncated = false;
  let count = 0;
  let isFull = false;
  for (const message of sent) {
    const left = isFull ? 0 : room - used;
    let { data } = message;
    let len = scene.len(data.length);
    if (scene.isRights(message)) {
      const fds = scene.fdsOf(message);
      count += fds.length;
      const made = Math.min(fds.length, free - installed.length, roomForFds(scene, kernel, left, fds.length));
      const numbers = fds.slice(0, made).map((_, i) => FIRST_FD + installed.length + i);
      installed.push(...numbers);
      data = bytesOfInts(scene, numbers);
      if (made < fds.length) isTruncated ||= isTold(kernel, left);
      if (made === 0) {
        isFull ||= kernel.cut === 'drop';
        continue;
      }
      if (kernel.cut !== 'keep-length') len = scene.len(data.length);
    }
    if ((kernel.cut === 'drop' ? scene.space(data.length) : scene.len(data.length)) > left) {
      if (kernel.cut === 'refuse')
        return { buffer, controllen: 0, isTruncated, installed, sent: count, isRefused: true };
      isTruncated ||= isTold(kernel, left);
      isFull ||= kernel.cut === 'drop';
      if (isFull || left < scene.header) continue;
      if (kernel.cut === 'clip') len = left;
      data = data.subarray(0, left - scene.header);
    }
    scene.putHeader(buffer, used, len, message.level, message.type);
    buffer.set(data, used + scene.header);
    used += Math.min(scene.space(data.length), left);
  }
  return { buffer, controllen: used, isTruncated, installed, sent: count, isRefused: false };
}

/** How many descriptors are made of `count`, as far as the room decides. */
function roomForFds(scene: Scene, { installs, cut }: KernelRow, left: number, count: number): number {
  if (installs === 'all') return count;
  if (cut === 'drop') return scene.space(4 * count) <= left ? count : 0;
  return Math.max(0, Math.floor((left - scene.header) / 4));
}

function isTold({ tells }: KernelRow, left: number): boolean {
  return tells === 'always' || (tells === 'inside' && left > 0);
}

export function bytesOfInts({ isLittle }: Scene, numbers: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * numbers.length));
  numbers.forEach((number, i) => {
    view.setInt32(4 * i, number, isLittle);
  });
  return new Uint8Array(view.buffer);
}

/** The control bytes that the kernel says are there. */
export function controlOf({ buffer, controllen }: Received): Uint8Array {
  return buffer.subarray(0, controllen);
}

/** What came, as a receiver sees it that looks at everything: messages, and whether that is all. */
export function tellAll(told: readonly string[], { isTruncated }: Received): Belief {
  return isTruncated ? [...told, TRUNCATED] : told;
}

/** As Linux lines them up for a Unix socket: credentials first, then all descriptors in one message. */
export function asSentByUnix(scene: Scene, messages: readonly Sent[], passesCredentials: boolean): Sent[] {
  const [level, rights, type] = ['SOL_SOCKET', 'SCM_RIGHTS', 'SCM_CREDENTIALS'].map((name) => scene.number(name)) as [
    number,
    number,
    number,
  ];
  const fds = messages.filter((message) => scene.isRights(message)).flatMap((message) => scene.fdsOf(message));
  const isFull = (message: Sent) => message.level === level && message.type === type && scene.hasSize(message, 12);
  const given = messages.filter(isFull).at(-1)?.data ?? bytesOfInts(scene, [SENDER.pid, SENDER.uid, SENDER.gid]);
  return [
    ...(passesCredentials ? [{ level, type, data: given }] : []),
    ...(fds.length > 0 ? [{ level, type: rights, data: bytesOfInts(scene, fds) }] : []),
  ];
}

/** Who sends, where a message does not say. */
export const SENDER = { pid: 4242, uid: 1000, gid: 1000 };

/** The most descriptors that Linux takes in one call. */
export const SCM_MAX_FD = 253;
