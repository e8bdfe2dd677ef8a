import type { Buffer } from 'node:buffer';
import { AncillaryError, type ErrorDetails } from '../errors/error.js';
import type { Origin } from '../fd/origin.js';
import { numberOf } from '../fd/owned-fd.js';
import { SCM_MAX_FD } from '../libc/constants.js';
import { GO_ON, NOT_YET } from '../reactor/wait.js';
import type { MessageHead } from './frame/message.js';
import { discard } from './frame/stretch.js';
import { closedError, type Making } from './message-socket.js';
import { attemptReceive, END, STREAM_MOST } from './receiving/attempt-receive.js';
import { peekInto } from './receiving/peek.js';
import type { StreamMessage, Wanted } from './receiving/read.js';
import type { Unread } from './receiving/unread.js';

/** What a stream reads from. */
export interface Source extends Making {
  readonly unread: Unread;
}

type Api = (...args: never[]) => unknown;

/** So many receives one attempt may make, then others have their turn. */
const MOST_RECEIVES = 16;
/** So far is looked ahead at first, and at most. */
const PEEK_FIRST = 1024;
const PEEK_MOST = 65536;

/**
 * Goes on with a read: what it gives, null at the end of the stream before its first byte, NOT_YET while the socket has
 * nothing, GO_ON when it has had enough of a turn. What has come meanwhile is in `source.unread`, and stays there
 * however the read ends; only ERR_ENDED and ERR_TRUNCATED take it out, and have it.
 */
export function attemptRead(
  source: Source,
  wanted: Wanted,
  origin: Origin,
  api?: Api,
): StreamMessage | null | typeof NOT_YET | typeof GO_ON {
  const { unread, fd } = source;
  const { delimiter, size } = wanted;
  // Closed or released: throws.
  numberOf(fd);
  if (unread.isReceiving) return NOT_YET;
  for (let receives = 0; ; receives++) {
    const end = delimiter ? endOfDelimiter(unread, wanted, delimiter, 0) : unread.size >= size ? size : -1;
    if (end >= 0) return give(unread, wanted, end);
    if (receives === MOST_RECEIVES) return GO_ON;
    const most = (delimiter ? size + delimiter.length : size) - unread.size;
    const count = delimiter ? lookAhead(source, wanted, delimiter, most, receives) : Math.min(most, STREAM_MOST);
    if (count === NOT_YET) return NOT_YET;
    const head = receiveMore(source, count, origin, api);
    if (head === NOT_YET) return NOT_YET;
    if (head === END) {
      if (unread.size === 0) return null;
      throw ended(source, wanted);
    }
    // Behind the delimiter nothing has been taken, unless somebody else reads the same socket.
    if (head.fds.length > 0 && unread.countFds(unread.size) > wanted.maxFds) {
      throw unread.refuse(unread.size, wanted.maxFds);
    }
  }
}

/** How many bytes there are up to the end of the delimiter, `ahead` of them not taken yet; -1 for more than there are. */
function endOfDelimiter(unread: Unread, wanted: Wanted, delimiter: Buffer, ahead: number): number {
  const at = unread.find(delimiter, wanted.searched, ahead);
  const most = wanted.size + delimiter.length;
  if (at > wanted.size || (at < 0 && unread.size >= most)) {
    throw new AncillaryError(
      'ERR_TOO_LARGE',
      `no delimiter behind the first ${wanted.size} bytes: they stay in the stream; raise max, or read them otherwise`,
    );
  }
  if (ahead === 0 && at < 0) wanted.searched = Math.max(0, unread.offset + unread.size - delimiter.length + 1);
  return at < 0 ? -1 : at + delimiter.length;
}

/** How many bytes can be taken without one behind the delimiter. */
function lookAhead(
  { unread, fd }: Source,
  wanted: Wanted,
  delimiter: Buffer,
  most: number,
  rounds: number,
): number | typeof NOT_YET {
  const room = Math.min(most, PEEK_MOST, PEEK_FIRST << rounds);
  const count = peekInto(numberOf(fd), unread.reserve(room));
  if (count === NOT_YET) return NOT_YET;
  // The end, as it seems; to take a byte tells.
  if (count === 0) return 1;
  const end = endOfDelimiter(unread, wanted, delimiter, count);
  return end < 0 ? count : end - unread.size;
}

/** One receive of at most so many bytes, which are held then. */
function receiveMore(source: Source, count: number, origin: Origin, api?: Api) {
  const { unread, fd, label } = source;
  const into = [unread.reserve(count)];
  // How many descriptors are too many is counted for the whole read.
  const room = { maxData: count, maxFds: SCM_MAX_FD, into, control: false, peek: false, errorQueue: undefined };
  unread.isReceiving = true;
  let head: MessageHead | typeof NOT_YET | typeof END;
  try {
    head = attemptReceive(numberOf(fd), room, source, origin, api);
  } catch (error) {
    throw isCut(error) ? withAll(unread, error) : error;
  } finally {
    unread.isReceiving = false;
  }
  if (head === NOT_YET || head === END) return head;
  if (fd.closed) {
    // By whoever was told of the receive.
    discard([...head.fds, head.pidfd]);
    throw closedError(label);
  }
  unread.add(head);
  return head;
}

function give(unread: Unread, { delimiter, maxFds }: Wanted, end: number): StreamMessage {
  if (unread.countFds(end) > maxFds) throw unread.refuse(end, maxFds);
  const taken = unread.take(end);
  unread.offer();
  if (!delimiter) return taken;
  taken.size -= delimiter.length;
  taken.data = taken.data.subarray(0, taken.size);
  return taken;
}

function ended({ unread }: Source, { delimiter, size }: Wanted): AncillaryError {
  const { data, closed } = unread.giveUp(new Uint8Array(0));
  const where = delimiter ? `${data.length} bytes without a delimiter` : `${data.length} of ${size} bytes`;
  return new AncillaryError('ERR_ENDED', `the stream ended after ${where}${whatIsClosed(closed)}`, { data });
}

function isCut(error: unknown): error is AncillaryError & { data: Uint8Array } {
  return error instanceof AncillaryError && error.code === 'ERR_TRUNCATED' && error.data !== undefined;
}

/** The same error with all bytes of the read in it, not those alone that were taken last. */
function withAll(unread: Unread, error: AncillaryError & { data: Uint8Array }): AncillaryError {
  const { code, message, syscall, flags, messages, credentials } = error;
  // Whose the bytes before were is not known here.
  const sender = unread.size === 0 ? credentials : undefined;
  const { data, closed } = unread.giveUp(error.data);
  const details = { syscall, flags, messages, ...(sender && { credentials: sender }) } as ErrorDetails;
  return new AncillaryError(code, `${message}${whatIsClosed(closed)}`, { ...details, data });
}

function whatIsClosed(count: number): string {
  if (count === 0) return '';
  return `; ${count} descriptor${count === 1 ? '' : 's'} that came before in the same read ${count === 1 ? 'is' : 'are'} closed`;
}
