import {
  AncillaryError,
  checkHeld,
  type FdHolder,
  invalidArgument,
  isBytes,
  memfd,
  numberOf,
  numberOfHolder,
  type OwnedFd,
  show,
} from './base.js';
import { describe } from './describe.js';
import { encodeState } from './state.js';
import type { OfferedConnection } from './types.js';
import { encodeBatch, type Item, sizeOfTable } from './wire/batch.js';
import {
  ITEM_DESCRIPTOR,
  KIND_CONNECTION,
  type KIND_FILE,
  type KIND_LISTENER,
  KIND_STATE,
  NAME_MOST,
} from './wire/constants.js';
import { encodeText } from './wire/text.js';

/** One item on its way out. */
export interface Outgoing {
  readonly kind: number;
  readonly name: string;
  /** What owns the descriptor; undefined for the state. */
  readonly holder: FdHolder | undefined;
  /** The number that it had when it was looked at, or -1. */
  readonly fd: number;
  /** What the caller gave, of a connection. */
  readonly connection: OfferedConnection | undefined;
  readonly entry: Omit<Item, 'id'>;
  /** Name, bytes read and state: the payload. */
  readonly parts: readonly Uint8Array[];
  readonly size: number;
}

const EMPTY = new Uint8Array(0);

/** The state of the application. */
export function stateItem(state: unknown): Outgoing {
  return makeItem(KIND_STATE, '', undefined, state, EMPTY, undefined);
}

/** What has a name of its own: a listener or a file. Throws for what cannot be handed over. */
export function namedItem(kind: typeof KIND_LISTENER | typeof KIND_FILE, name: string, holder: FdHolder): Outgoing {
  if (name === '') throw invalidArgument('a listener or file that is handed over needs a name, not an empty text');
  return makeItem(kind, name, holder, undefined, EMPTY, undefined);
}

/** A connection. Throws for what cannot be handed over, which has stayed the caller's. */
export function connectionItem(connection: OfferedConnection): Outgoing {
  if (typeof connection !== 'object' || connection === null) {
    throw invalidArgument(
      `a connection that is offered must be an object like { fd, state, unread }, not ${show(connection)}`,
    );
  }
  const { fd, name = '', state, unread = EMPTY } = connection;
  if (typeof name !== 'string') throw invalidArgument(`the name of a connection must be a string, not ${show(name)}`);
  if (!isBytes(unread)) throw invalidArgument(`unread must be a Uint8Array, not ${show(unread)}`);
  return makeItem(KIND_CONNECTION, name, fd, state, new Uint8Array(checkHeld(unread, 'unread')), connection);
}

function makeItem(
  kind: number,
  name: string,
  holder: FdHolder | undefined,
  state: unknown,
  unread: Uint8Array,
  connection: OfferedConnection | undefined,
): Outgoing {
  const text = encodeText(name);
  if (text.byteLength > NAME_MOST) {
    throw invalidArgument(`a name of ${text.byteLength} bytes, where ${NAME_MOST} are the most: ${show(name)}`);
  }
  const fd = holder === undefined ? -1 : numberOfHolder(holder, 'offer');
  const { domain, type } = holder === undefined ? NOTHING : describe(fd, kind);
  const { flags, bytes } = encodeState(state, kind === KIND_STATE ? 'state' : `the state of connection ${show(name)}`);
  const parts = [text, unread, bytes];
  return {
    kind,
    name,
    holder,
    fd,
    connection,
    parts,
    size: text.byteLength + unread.byteLength + bytes.byteLength,
    entry: {
      kind,
      flags: flags | (holder === undefined ? 0 : ITEM_DESCRIPTOR),
      domain,
      type,
      nameLength: text.byteLength,
      unreadLength: unread.byteLength,
      stateLength: bytes.byteLength,
    },
  };
}

const NOTHING = { domain: 0, type: 0 };

/** What the other side, and the socket between, take at once. */
export interface BatchLimits {
  readonly recordMost: number;
  readonly descriptorsMost: number;
  /** Whether the payload may come in a memfd. */
  readonly takesMemfd: boolean;
}

/** A payload from here on makes a batch of its own: each is held in memory on both sides. */
const PAYLOAD_ENOUGH = 4 * 1024 * 1024;

/** A batch that is being filled. */
export class OutgoingBatch {
  readonly items: Outgoing[] = [];
  readonly #limits: BatchLimits;
  readonly #numbers = new Set<number>();
  #size = 0;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
  }

  /** Whether there is room for the item. A confirmation has more bits than a record has descriptors: it needs no bound. */
  fits(item: Outgoing): boolean {
    if (this.items.length > 0 && this.#size + item.size > PAYLOAD_ENOUGH) return false;
    const { descriptorsMost, takesMemfd } = this.#limits;
    const descriptors = this.#numbers.size + (item.fd < 0 ? 0 : 1);
    if (this.#isInline(this.items.length + 1, this.#size + item.size)) return descriptors <= descriptorsMost;
    return takesMemfd && descriptors < descriptorsMost && this.#isInline(this.items.length + 1, 0);
  }

  /** Throws for a descriptor that is in it already: the taker would have two of one connection. */
  add(item: Outgoing): void {
    if (item.fd >= 0 && this.#numbers.has(item.fd)) {
      throw new AncillaryError('ERR_INVALID_ARGUMENT', `descriptor ${item.fd} is offered twice`);
    }
    if (item.fd >= 0) this.#numbers.add(item.fd);
    this.items.push(item);
    this.#size += item.size;
  }

  /** Takes out, and returns, what its owner has closed meanwhile: its number may be a stranger's by now. */
  takeClosed(): Outgoing[] {
    const closed = this.items.filter(({ holder, fd }) => holder !== undefined && !isStill(holder, fd));
    for (const item of closed) {
      this.items.splice(this.items.indexOf(item), 1);
      this.#numbers.delete(item.fd);
      this.#size -= item.size;
    }
    return closed;
  }

  /** The record, its descriptors in order, and the memfd among them, which is the caller's to close. */
  encode(
    number: number,
    firstId: number,
    total: number,
  ): { record: Uint8Array; fds: number[]; apart: OwnedFd | undefined } {
    const isInline = this.#isInline(this.items.length, this.#size);
    const entries = this.items.map(({ entry }, i) => ({ id: firstId + i, ...entry }));
    const parts = this.items.flatMap((item) => item.parts);
    const record = encodeBatch(number, total, entries, this.#size, isInline ? parts : undefined);
    const fds = [...this.#numbers];
    const apart = isInline ? undefined : memfd('handoff', Buffer.concat(parts, this.#size), { seal: true });
    if (apart) fds.push(numberOf(apart));
    return { record, fds, apart };
  }

  #isInline(items: number, size: number): boolean {
    return sizeOfTable(items) + size <= this.#limits.recordMost;
  }
}

function isStill(holder: FdHolder, fd: number): boolean {
  try {
    return numberOfHolder(holder, 'offer') === fd;
  } catch {
    return false;
  }
}
