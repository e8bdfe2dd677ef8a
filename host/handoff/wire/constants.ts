/*
 * The numbers of docs/handoff-protocol.md. Every integer is little-endian on every machine, so that one table of bytes is
 * right everywhere.
 */

/** What a record is; the first 16 bits of it. */
export const HELLO = 1;
export const BATCH = 2;
export const CONFIRM = 3;
export const REFUSE = 4;
export const ALIVE = 5;
export const DONE = 6;
export const GOODBYE = 7;

export const RECORD_NAMES: Readonly<Record<number, string>> = {
  [HELLO]: 'HELLO',
  [BATCH]: 'BATCH',
  [CONFIRM]: 'CONFIRM',
  [REFUSE]: 'REFUSE',
  [ALIVE]: 'ALIVE',
  [DONE]: 'DONE',
  [GOODBYE]: 'GOODBYE',
};

/** `HDOF` in the order of the bytes. */
export const MAGIC = 0x464f4448;
export const VERSION = 1;

export const OFFERER = 1;
export const TAKER = 2;

/** Capability: a batch's payload may come in a memfd. */
export const CAP_MEMFD = 1;
/** All that are known here. */
export const CAPABILITIES = CAP_MEMFD;

/** Flag of a batch: the payload is in a memfd, the last of its descriptors. */
export const BATCH_MEMFD = 1;

/** What an item is. */
export const KIND_STATE = 1;
export const KIND_LISTENER = 2;
export const KIND_CONNECTION = 3;
export const KIND_FILE = 4;

/** Flags of an item. */
export const ITEM_DESCRIPTOR = 1;
export const ITEM_STATE = 2;
export const ITEM_JSON = 4;

/** Of a count that is not known. */
export const UNKNOWN = 0xffffffff;

/** Every record begins with type, flags and a number. */
export const HEADER_SIZE = 8;
export const HELLO_SIZE = 40;
export const BATCH_SIZE = 20;
export const ITEM_SIZE = 24;
export const CONFIRM_SIZE = 40;
export const COUNTS_SIZE = 16;

/** The longest record, and the shortest that everybody takes. */
export const RECORD_MOST = 65536;
export const RECORD_LEAST = 4096;
/** One for an item, one for the memfd of its payload. */
export const DESCRIPTORS_LEAST = 2;
/** A bit of a confirmation for each. */
export const ITEMS_MOST = 256;
export const NAME_MOST = 255;
export const REASON_MOST = 1024;
/** Payload in all, unless more is allowed. */
export const PAYLOAD_MOST = 64 * 1024 * 1024;

/** Why a side ends the hand-off. */
export const REASON_VERSION = 1;
export const REASON_CAPABILITY = 2;
export const REASON_PEER = 3;
export const REASON_MALFORMED = 4;
export const REASON_LIMIT = 5;
export const REASON_REFUSED = 6;
export const REASON_ABORTED = 7;
export const REASON_TIMEOUT = 8;
/** A hand-off to another taker is under way. */
export const REASON_BUSY = 9;
