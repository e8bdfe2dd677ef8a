import { Buffer } from 'node:buffer';
import { byteLengthOf, checkHeld, isBytes, isResizable, viewOf } from '../../check/bytes.js';
import { show } from '../../check/show.js';
import { AncillaryError, invalidArgument } from '../../errors/error.js';
import type { Sendable } from '../../fd/sendable.js';
import { type Credentials, IOVECS } from './frame.js';

/** What a send takes: bytes, a string (UTF-8), or a list of both, sent one behind the other. */
export type Data = Uint8Array | string | readonly (Uint8Array | string)[];

/** So many bytes a send that has to wait copies; of more it keeps a view, which the caller must leave as it is. */
const COPY_MOST = 65536;

/** Data that has been checked: one array, or several that are sent one behind the other where they are. */
export interface Bytes {
  /** The data from its byte `start` on; the first part where there are several. */
  bytes: Uint8Array;
  /** All parts from byte `start` on, and how long each was when it was given: they may be taken away meanwhile. */
  parts: readonly Part[] | undefined;
  start: number;
  /** Bytes of data in all, when it was given. */
  size: number;
}

interface Part {
  bytes: Uint8Array;
  size: number;
}

/** A message to be sent, checked. */
export interface Outgoing extends Bytes {
  fds: readonly Sendable[];
  credentials: Credentials | undefined;
  /** Further control messages, encoded. */
  control: Uint8Array | undefined;
  to: { readonly bytes: Uint8Array; readonly label: string } | undefined;
  transfer: boolean;
  resume: boolean;
  isRecord: boolean;
  isUnix: boolean;
}

/** The bytes of data that is no list. */
export function checkPiece(data: unknown): Uint8Array {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  if (isBytes(bytes)) return checkHeld(bytes, 'data');
  throw invalidArgument(`data must be a string or a Uint8Array, not ${show(data)}`);
}

/** The bytes of a list: few are copied into one piece, which is quicker than asking for the address of each. */
export function gather(list: readonly (Uint8Array | string)[]): Bytes {
  // Not `map`, which leaves holes.
  const parts: Part[] = Array.from(list, (data, i) => {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    if (!isBytes(bytes)) throw invalidArgument(`data[${i}] must be a string or a Uint8Array, not ${show(data)}`);
    return { bytes: checkHeld(bytes, `data[${i}]`), size: byteLengthOf(bytes) };
  });
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const [first] = parts;
  if (first && size > COPY_MOST && parts.length <= IOVECS) return { bytes: first.bytes, parts, start: 0, size };
  return { bytes: join(parts, 0, size), parts: undefined, start: 0, size };
}

/** Throws when bytes of the message are gone, of which the kernel has taken `taken`. */
export function checkPresent({ bytes, parts, start, size }: Bytes, taken: number): void {
  const isThere = parts
    ? parts.every((part) => byteLengthOf(part.bytes) >= part.size)
    : byteLengthOf(bytes) >= size - start;
  if (!isThere) throw dataGone(taken, size);
}

/** The error for data that has been taken away: ERR_DATA_GONE. */
export function dataGone(taken: number, size: number): AncillaryError {
  return new AncillaryError(
    'ERR_DATA_GONE',
    `the data of a send was gone after ${taken} of ${size} bytes: ` +
      'leave a buffer alone, neither transferred nor made smaller, until its send is over',
    { bytesSent: taken },
  );
}

/** The parts from the byte `from` of the message on, as views. */
export function partsFrom(parts: readonly Part[], from: number): Uint8Array[] {
  const views: Uint8Array[] = [];
  let skip = from;
  for (const { bytes, size } of parts) {
    if (skip < size) views.push(viewOf(bytes, skip, size));
    skip = Math.max(0, skip - size);
  }
  return views;
}

/** What is left behind the byte `taken`, independent of the caller where that is a copy. */
export function holdBytes(message: Bytes, taken: number): Bytes {
  const { bytes, parts, size } = message;
  const isCopied =
    size - taken <= COPY_MOST || (parts ? parts.some((part) => isResizable(part.bytes)) : isResizable(bytes));
  if (!isCopied) return message;
  const copy = parts ? join(parts, taken, size) : new Uint8Array(viewOf(bytes, taken, size));
  return { bytes: copy, parts: undefined, start: taken, size };
}

function join(parts: readonly Part[], from: number, size: number): Uint8Array {
  const all = new Uint8Array(size - from);
  let at = 0;
  for (const view of partsFrom(parts, from)) {
    all.set(view, at);
    at += view.length;
  }
  return all;
}
