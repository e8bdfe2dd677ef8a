import {
  ALIVE,
  CONFIRM,
  CONFIRM_SIZE,
  COUNTS_SIZE,
  type DONE,
  type GOODBYE,
  HEADER_SIZE,
  REASON_MOST,
  REFUSE,
} from './constants.js';
import { bytesOf, checkRecord, makeRecord, malformed, viewOfRecord } from './record.js';
import { decodeReason, encodeReason } from './text.js';

/** What the taker says to a batch. */
export interface Confirmation {
  /** Of which batch. */
  readonly number: number;
  /** For each item whether it is the taker's from now on. */
  readonly taken: readonly boolean[];
  /** Why the others are not; may be empty. */
  readonly reason: string;
}

export function encodeConfirm(number: number, taken: readonly boolean[], reason = ''): Uint8Array {
  const text = encodeReason(reason, REASON_MOST);
  const bytes = bytesOf(makeRecord(CONFIRM_SIZE + text.byteLength, { type: CONFIRM, number }));
  taken.forEach((is, i) => {
    if (is) bytes[HEADER_SIZE + (i >> 3)] = (bytes[HEADER_SIZE + (i >> 3)] ?? 0) | (1 << (i & 7));
  });
  bytes.set(text, CONFIRM_SIZE);
  return bytes;
}

/** Reads what the taker says to batch `number` of `count` items. */
export function decodeConfirm(record: Uint8Array, number: number, count: number): Confirmation {
  const header = checkRecord(record, CONFIRM, CONFIRM_SIZE, CONFIRM_SIZE + REASON_MOST);
  if (header.number !== number) throw malformed(`batch ${header.number} was confirmed, where ${number} is open`);
  const isSet = (i: number) => ((record[HEADER_SIZE + (i >> 3)] ?? 0) & (1 << (i & 7))) !== 0;
  const taken = Array.from({ length: count }, (_, i) => isSet(i));
  for (let i = count; i < (CONFIRM_SIZE - HEADER_SIZE) * 8; i++) {
    if (isSet(i)) throw malformed(`item ${i} of a batch of ${count} was confirmed`);
  }
  return { number, taken, reason: decodeReason(record.subarray(CONFIRM_SIZE)) };
}

/** Why a side ends the hand-off. */
export interface Refusal {
  /** REASON_* */
  readonly code: number;
  readonly text: string;
}

export function encodeRefuse({ code, text }: Refusal): Uint8Array {
  const reason = encodeReason(text, REASON_MOST);
  const view = makeRecord(HEADER_SIZE + 4 + reason.byteLength, { type: REFUSE });
  view.setUint32(HEADER_SIZE, code, true);
  const bytes = bytesOf(view);
  bytes.set(reason, HEADER_SIZE + 4);
  return bytes;
}

export function decodeRefuse(record: Uint8Array): Refusal {
  checkRecord(record, REFUSE, HEADER_SIZE + 4, HEADER_SIZE + 4 + REASON_MOST, 0xffff);
  const code = viewOfRecord(record).getUint32(HEADER_SIZE, true);
  return { code, text: decodeReason(record.subarray(HEADER_SIZE + 4)) };
}

export function encodeAlive(): Uint8Array {
  return bytesOf(makeRecord(HEADER_SIZE, { type: ALIVE }));
}

/** What DONE and GOODBYE say: how many descriptors have moved, and how many have not. */
export interface Counts {
  readonly moved: number;
  readonly kept: number;
}

export function encodeCounts(type: typeof DONE | typeof GOODBYE, { moved, kept }: Counts): Uint8Array {
  const view = makeRecord(COUNTS_SIZE, { type });
  view.setUint32(8, moved, true);
  view.setUint32(12, kept, true);
  return bytesOf(view);
}

export function decodeCounts(record: Uint8Array, type: typeof DONE | typeof GOODBYE): Counts {
  checkRecord(record, type, COUNTS_SIZE);
  const view = viewOfRecord(record);
  return { moved: view.getUint32(8, true), kept: view.getUint32(12, true) };
}
