import {
  BATCH,
  BATCH_MEMFD,
  BATCH_SIZE,
  ITEM_DESCRIPTOR,
  ITEM_JSON,
  ITEM_SIZE,
  ITEM_STATE,
  ITEMS_MOST,
  NAME_MOST,
  RECORD_MOST,
} from './constants.js';
import { bytesOf, checkRecord, makeRecord, malformed, viewOfRecord } from './record.js';
import { decodeText } from './text.js';

/** One item of a batch, with where its parts stand in the payload. */
export interface Item {
  /** Counts from 1 on through the whole hand-off. */
  readonly id: number;
  readonly kind: number;
  /** ITEM_* */
  readonly flags: number;
  readonly domain: number;
  readonly type: number;
  readonly nameLength: number;
  readonly unreadLength: number;
  readonly stateLength: number;
}

/** The head of a batch. */
export interface BatchHead {
  readonly number: number;
  /** Whether the payload is in a memfd, the last of the descriptors. */
  readonly isApart: boolean;
  /** How many descriptors there are in all, or UNKNOWN. */
  readonly total: number;
  readonly items: readonly Item[];
  /** How many descriptors come with it, the memfd too. */
  readonly descriptors: number;
  readonly payloadLength: number;
  /** The payload, unless it is apart. */
  readonly payload: Uint8Array;
}

/** What the item table and the head of a batch take. */
export function sizeOfTable(items: number): number {
  return BATCH_SIZE + items * ITEM_SIZE;
}

/** A batch, with its payload behind it or without. */
export function encodeBatch(
  number: number,
  total: number,
  items: readonly Item[],
  payloadLength: number,
  payload: readonly Uint8Array[] | undefined,
): Uint8Array {
  const table = sizeOfTable(items.length);
  const flags = payload ? 0 : BATCH_MEMFD;
  const view = makeRecord(table + (payload ? payloadLength : 0), { type: BATCH, flags, number });
  view.setUint32(8, items.length, true);
  view.setUint32(12, total, true);
  view.setUint32(16, payloadLength, true);
  items.forEach((item, i) => {
    const at = BATCH_SIZE + i * ITEM_SIZE;
    view.setUint32(at, item.id, true);
    view.setUint16(at + 4, item.kind, true);
    view.setUint16(at + 6, item.flags, true);
    view.setUint16(at + 8, item.domain, true);
    view.setUint16(at + 10, item.type, true);
    view.setUint32(at + 12, item.nameLength, true);
    view.setUint32(at + 16, item.unreadLength, true);
    view.setUint32(at + 20, item.stateLength, true);
  });
  const bytes = bytesOf(view);
  let at = table;
  for (const part of payload ?? []) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}

/** Reads a batch, of which all lengths agree with each other and with the record's. Throws `ERR_PROTOCOL`. */
export function decodeBatch(record: Uint8Array): BatchHead {
  const { flags, number } = checkRecord(record, BATCH, BATCH_SIZE, RECORD_MOST, BATCH_MEMFD);
  const view = viewOfRecord(record);
  const count = view.getUint32(8, true);
  const payloadLength = view.getUint32(16, true);
  const isApart = (flags & BATCH_MEMFD) !== 0;
  if (count > ITEMS_MOST) throw malformed(`a batch of ${count} items, where ${ITEMS_MOST} are the most`);
  const rest = record.byteLength - sizeOfTable(count);
  if (rest < 0) throw malformed(`a batch of ${count} items in ${record.byteLength} bytes`);
  if (rest !== (isApart ? 0 : payloadLength)) {
    throw malformed(`a batch with ${rest} bytes behind its items, where it says ${isApart ? 0 : payloadLength}`);
  }
  const items = Array.from({ length: count }, (_, i) => readItem(view, BATCH_SIZE + i * ITEM_SIZE));
  const needed = items.reduce((sum, item) => sum + item.nameLength + item.unreadLength + item.stateLength, 0);
  if (needed !== payloadLength) {
    throw malformed(`a batch whose items say ${needed} bytes of payload, and whose head says ${payloadLength}`);
  }
  return {
    number,
    isApart,
    total: view.getUint32(12, true),
    items,
    descriptors: items.filter((item) => item.flags & ITEM_DESCRIPTOR).length + (isApart ? 1 : 0),
    payloadLength,
    payload: record.subarray(sizeOfTable(count)),
  };
}

const KNOWN_FLAGS = ITEM_DESCRIPTOR | ITEM_STATE | ITEM_JSON;

function readItem(view: DataView, at: number): Item {
  const item: Item = {
    id: view.getUint32(at, true),
    kind: view.getUint16(at + 4, true),
    flags: view.getUint16(at + 6, true),
    domain: view.getUint16(at + 8, true),
    type: view.getUint16(at + 10, true),
    nameLength: view.getUint32(at + 12, true),
    unreadLength: view.getUint32(at + 16, true),
    stateLength: view.getUint32(at + 20, true),
  };
  const { id, flags, nameLength, stateLength } = item;
  if (flags & ~KNOWN_FLAGS) throw malformed(`item ${id} has flags 0x${flags.toString(16)} that nobody knows`);
  if (nameLength > NAME_MOST)
    throw malformed(`item ${id} has a name of ${nameLength} bytes, ${NAME_MOST} are the most`);
  if (stateLength > 0 && !(flags & ITEM_STATE)) throw malformed(`item ${id} has a state that its flags do not say`);
  return item;
}

/** The parts of an item, as views of the payload. */
export interface Parts {
  readonly name: string;
  readonly unread: Uint8Array;
  /** undefined where there is none. */
  readonly state: Uint8Array | undefined;
}

/** Cuts the payload of a batch into the parts of its items, in their order. */
export function cutPayload(items: readonly Item[], payload: Uint8Array): Parts[] {
  let at = 0;
  const take = (length: number) => {
    at += length;
    return payload.subarray(at - length, at);
  };
  return items.map((item) => {
    const name = decodeText(take(item.nameLength), `the name of item ${item.id}`);
    const unread = take(item.unreadLength);
    const state = take(item.stateLength);
    return { name, unread, state: item.flags & ITEM_STATE ? state : undefined };
  });
}
