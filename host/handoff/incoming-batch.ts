import { readSync } from 'node:fs';
import { AncillaryError, closeAside, kindOf, numberOf, type OwnedFd, statFd, takeFd } from './base.js';
import type { Incoming } from './channel.js';
import { describe } from './describe.js';
import { decodeState } from './state.js';
import type { Taken } from './types.js';
import { type BatchHead, cutPayload, decodeBatch, type Item, type Parts } from './wire/batch.js';
import { ITEM_DESCRIPTOR, KIND_CONNECTION, KIND_FILE, KIND_LISTENER, KIND_STATE } from './wire/constants.js';
import { malformed } from './wire/record.js';

/** What an item turned out to be: the state, what can be taken, or why it cannot. */
export type Entry =
  | { readonly is: 'state'; readonly state: unknown }
  | { readonly is: 'item'; readonly item: Taken }
  | { readonly is: 'unfit'; readonly reason: string };

/** A batch that has been read, and the owner of every descriptor that came with it, until each is given away. */
export interface ReadBatch {
  readonly head: BatchHead;
  /** One for each item of the batch. */
  readonly entries: readonly Entry[];
}

/** What must be so of a batch beside what its bytes say. */
export interface Expected {
  readonly number: number;
  readonly firstId: number;
  /** Most bytes of payload. */
  readonly payloadLeft: number;
}

const KINDS: Readonly<Record<number, Taken['kind']>> = {
  [KIND_LISTENER]: 'listener',
  [KIND_CONNECTION]: 'connection',
  [KIND_FILE]: 'file',
};

/** Closes descriptors of which others may hold no copy any more: where their last close keeps nobody. */
export function closeAll(fds: Iterable<OwnedFd>): void {
  closeAside(Array.from(fds, takeFd).filter((fd) => fd >= 0));
}

/**
 * Reads a batch. What is no batch, or does not agree with its descriptors, throws `ERR_PROTOCOL`, and `ERR_TOO_LARGE`
 * for more payload than is left; its descriptors stay the caller's to close then. An item that is not what it says is unfit.
 */
export function readBatch({ record, fds }: Incoming, expected: Expected): ReadBatch {
  const head = decodeBatch(record);
  const { number, items, payloadLength } = head;
  if (number !== expected.number) throw malformed(`batch ${number} came, where ${expected.number} was due`);
  if (head.descriptors !== fds.length) {
    throw malformed(`${fds.length} descriptors came with batch ${number}, which says ${head.descriptors}`);
  }
  if (payloadLength > expected.payloadLeft) {
    throw new AncillaryError(
      'ERR_TOO_LARGE',
      `batch ${number} brings ${payloadLength} bytes of state, where ${expected.payloadLeft} are left: maxState may be raised`,
    );
  }
  const payload = head.isApart ? readApart(fds[fds.length - 1] as OwnedFd, payloadLength) : head.payload;
  let next = 0;
  const entries = cutPayload(items, payload).map((parts, i) => {
    const item = items[i] as Item;
    if (item.id !== expected.firstId + i)
      throw malformed(`item ${item.id} came, where ${expected.firstId + i} was due`);
    const fd = item.flags & ITEM_DESCRIPTOR ? fds[next++] : undefined;
    return entryOf(item, parts, fd, number === 1, i === 0);
  });
  return { head, entries };
}

function entryOf(
  item: Item,
  { name, unread, state }: Parts,
  fd: OwnedFd | undefined,
  isFirst: boolean,
  isHead: boolean,
): Entry {
  const { id, kind, flags } = item;
  const readState = () => decodeState(state, flags, `the state of item ${id}`);
  if (kind === KIND_STATE) {
    if (!isFirst || !isHead) throw malformed(`item ${id} is a state, which the first item alone is`);
    if (fd) throw malformed('a state came with a descriptor');
    return { is: 'state', state: readState() };
  }
  const word = KINDS[kind];
  // Of a later version, perhaps; it stays where it is.
  if (word === undefined) return { is: 'unfit', reason: `kind ${kind} is not known to this taker` };
  if (!fd) throw malformed(`item ${id} is a ${word} without a descriptor`);
  if ((word === 'connection') === isFirst) throw malformed(`item ${id} is a ${word}, which is not due in this batch`);
  if (word !== 'connection' && (name === '' || unread.byteLength > 0)) {
    throw malformed(`item ${id} is a ${word} ${name === '' ? 'without a name' : 'with bytes read'}`);
  }
  const unfit = unfitness(item, numberOf(fd));
  if (unfit !== undefined) return { is: 'unfit', reason: unfit };
  const { domain, type } = item;
  return { is: 'item', item: { kind: word, fd, name, state: readState(), unread: Buffer.from(unread), domain, type } };
}

/** Why a descriptor is not what its item says; undefined where it is. */
function unfitness({ kind, domain, type }: Item, fd: number): string | undefined {
  try {
    const found = describe(fd, kind);
    if (found.domain === domain && found.type === type) return undefined;
    return `it is of family ${found.domain} and type ${found.type}, and was said to be of ${domain} and ${type}`;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The payload in a memfd. Nothing else is read from: a file of another kind could keep this thread waiting. */
function readApart(fd: OwnedFd, length: number): Buffer {
  const number = numberOf(fd);
  if (kindOf(number) !== 'memfd') throw malformed(`the payload is in a ${kindOf(number)}, where a memfd is due`);
  const { size } = statFd(number);
  if (size !== length) throw malformed(`the payload has ${size} bytes, and the batch says ${length}`);
  const payload = Buffer.allocUnsafeSlow(length);
  for (let at = 0; at < length; ) {
    const count = readSync(number, payload, at, length - at, at);
    if (count === 0) throw malformed('the payload became shorter while it was read');
    at += count;
  }
  fd.close();
  return payload;
}
