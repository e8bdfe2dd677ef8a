import { native } from '../../libc/native.js';
import { readStructNamed, type Struct } from '../../model/layout.js';
import { NAME_ROOM, type Stretches, SUMMARY_ROOM } from './frame.js';

/** The most messages that one sendmmsg or recvmmsg carries here; the kernel takes 1,024 (UIO_MAXIOV). */
export const BATCH_MOST = 64;

/** Memory for a batch: an array of struct mmsghdr, and behind it what each of them points at. */
export interface BatchMemory {
  /** Native address of the array. */
  readonly address: number;
  /** The stretches of each message; the summary is one for all. */
  readonly slots: readonly Stretches[];
  /** Place of the first msg_len among the integers of linear memory, and from one to the next. */
  readonly length: number;
  readonly stride: number;
  /** Offset of `dataRoom` bytes for data. */
  readonly data: number;
}

/** Reserves the memory of a batch for good, with so many bytes for the control messages of each and for all data. */
export function reserveBatch(controlRoom: number, dataRoom: number): BatchMemory {
  const { codec, abiId, base, iovecSize } = native();
  // Rows of every ABI with struct msghdr have this one: its layout was compared when the machine's ABI was chosen.
  const { size, fields } = readStructNamed(codec, abiId, 'mmsghdr') as Struct;
  const parts = { vector: size, iovecs: iovecSize, names: NAME_ROOM, controls: controlRoom };
  const headRoom = Object.values(parts).reduce((sum, room) => sum + room * BATCH_MOST, SUMMARY_ROOM);
  const at = codec.arena.reserve(headRoom + dataRoom, 64);
  codec.bytes.fill(0, at, at + headRoom);
  const vector = at;
  const iovecs = vector + BATCH_MOST * parts.vector;
  const names = iovecs + BATCH_MOST * parts.iovecs;
  const controls = names + BATCH_MOST * parts.names;
  const summary = controls + BATCH_MOST * parts.controls;
  const data = summary + SUMMARY_ROOM;
  const slots = Array.from({ length: BATCH_MOST }, (_, i) => ({
    msghdr: vector + i * size,
    iovec: iovecs + i * iovecSize,
    name: names + i * NAME_ROOM,
    control: controls + i * controlRoom,
    summary,
    data,
  }));
  const length = (vector + (fields.msg_len?.offset as number)) / 4;
  return { address: base + vector, slots, length, stride: size / 4, data };
}
