import { Buffer } from 'node:buffer';
import { byteLengthOf, viewOf } from '../../check/bytes.js';
import { AncillaryError } from '../../errors/error.js';
import { closeLater, closeWaiting } from '../../fd/close-aside.js';
import { type Origin, originOf } from '../../fd/origin.js';
import { type OwnedFd, ownFd, takeFd } from '../../fd/owned-fd.js';
import { FIONREAD, MSG_ERRQUEUE, MSG_PEEK, MSG_TRUNC, SO_TIMESTAMP_NEW, SOL_SOCKET } from '../../libc/constants.js';
import { EAGAIN, systemError } from '../../libc/errno.js';
import { native } from '../../libc/native.js';
import { NOT_YET } from '../../reactor/wait.js';
import { DATA_ROOM, type MessageTrace } from '../frame/frame.js';
import { type IncomingFrame, incomingFrame, publishReceived } from '../frame/incoming-frame.js';
import { NO_MESSAGES } from '../frame/incoming-summary.js';
import type { Message, MessageHead, ReceivedControl } from '../frame/message.js';
import { isNobody } from '../frame/nobody.js';
import { isCut, refusal } from '../frame/truncation.js';
import type { Nature } from '../options/nature.js';
import type { Settings } from '../options/socket-options.js';
import { isPeerGone } from '../options/stamp.js';
import type { Room } from './receive.js';

/** What a socket's messages are. */
export interface Receiver {
  readonly nature: Nature;
  readonly settings: Settings;
  /** Reads the sender's address; undefined where messages have none. */
  readonly readFrom: ((bytes: Uint8Array) => unknown) | undefined;
  /** Whether each record has a timestamp by which it is told from the end, see stamp.ts. */
  isStamped: boolean;
}

/** The most data that a stream gives at once. */
export const STREAM_MOST = 262144;

/** The end of a connection. */
export const END = Symbol('the peer has closed');

/**
 * One recvmsg: a message, END, or NOT_YET when there is none. `origin` says where its descriptors come from; a sentence
 * is given the stack of whoever called `api`.
 *
 * There is room for 253 descriptors in every call, and those that nobody wants are closed aside: what finds no room the
 * kernel closes within recvmsg, which a peer can make last as long as it likes (a socket with SO_LINGER).
 */
export function attemptReceive(
  fd: number,
  room: Room,
  receiver: Receiver,
  origin: Origin,
  api?: (...args: never[]) => unknown,
): Message | typeof NOT_YET | typeof END {
  const { nature, readFrom } = receiver;
  const { into } = room;
  if (into && !into.some((part) => byteLengthOf(part) > 0)) throw intoGone();
  const frame = incomingFrame();
  if (readFrom) frame.askName();
  const flags = (nature.isRecord ? MSG_TRUNC : 0) | (room.peek ? MSG_PEEK : 0) | (room.errorQueue ? MSG_ERRQUEUE : 0);
  const large = into ?? largeRoom(fd, room.maxData, nature);
  const size = large ? frame.receiveInto(fd, large, flags) : frame.receive(fd, room.maxData, flags);
  if (size < 0) {
    if (size === -EAGAIN) return NOT_YET;
    throw systemError('recvmsg', -size, `on descriptor ${fd}`);
  }
  lastSize = size;
  try {
    return takeMessage(frame, fd, size, large, room, receiver, origin, api, publishReceived);
  } catch (error) {
    closeWaiting();
    throw error;
  }
}

/**
 * The message of `size` bytes that the frame holds, with its data in `large` or else in the frame; END when there is
 * none. Throws when it did not come whole: its descriptors are in line to be closed then. `publish` is called last.
 */
export function takeMessage(
  frame: IncomingFrame,
  fd: number,
  size: number,
  large: readonly Uint8Array[] | undefined,
  room: Room,
  receiver: Receiver,
  origin: Origin,
  api: ((...args: never[]) => unknown) | undefined,
  publish: (trace: MessageTrace) => void,
): Message | typeof END {
  const { nature, settings, readFrom } = receiver;
  const { maxFds, into } = room;
  // Owned before anything else can be thrown.
  const { count } = frame;
  const fds =
    count === 0 ? [] : frame.ownAll(ownFd, api && typeof origin === 'string' ? originOf(origin, api) : origin);
  const trace = frame.traceOf(fd, size);
  let pidfd: OwnedFd | undefined;
  try {
    const { isPlain } = frame;
    if (size === 0 && nature.hasEnd && isEnd(fd, frame, receiver)) {
      // At the end of a stream the kernel states pid 0, uid 0, gid 0 (net/unix/af_unix.c): nobody said that.
      frame.settle();
      if (trace) publish(trace);
      return END;
    }
    const stated = settings.credentials ? statedIn(frame) : undefined;
    if (!isPlain) pidfd = settings.pidfd ? frame.ownPidfd(ownFd, origin) : frame.dropPidfd();
    const from = readFrom?.(frame.copyName());
    if (count > maxFds || (!isPlain && isCut(frame))) {
      const data = large ? joined(large, size) : frame.copyData(Math.min(size, room.maxData));
      const messages = furtherOf(frame, receiver);
      throw refusal(frame, { fd, maxFds, size, data, credentials: stated, messages, from });
    }
    const message: MessageHead & { data?: Buffer; from?: unknown } = into
      ? { size, fds, messages: NO_MESSAGES, flags: frame.flags }
      : {
          data: large ? joined(large, size) : frame.copyData(size),
          size,
          fds,
          messages: NO_MESSAGES,
          flags: frame.flags,
        };
    if (!isPlain) message.messages = furtherOf(frame, receiver);
    if (stated) message.credentials = stated;
    if (pidfd) message.pidfd = pidfd;
    if (readFrom) message.from = from;
    if (room.control) message.control = frame.copyControl();
    frame.settle();
    if (trace) publish(trace);
    return message as Message;
  } catch (error) {
    for (const owned of fds) closeLater(takeFd(owned));
    if (pidfd) closeLater(takeFd(pidfd));
    // One that has come, and found no owner where the stack was at its end.
    else if (frame.pidfd >= 0) closeLater(frame.pidfd);
    frame.settle();
    if (trace) publish(trace);
    throw error;
  }
}

export function intoGone(): AncillaryError {
  return new AncillaryError('ERR_DATA_GONE', 'the memory of into is gone: leave it alone until the receive is over');
}

/** Whether a receive of no data was the end: a record has its timestamp, the end nothing at all. */
function isEnd(fd: number, frame: IncomingFrame, { nature, settings, isStamped }: Receiver): boolean {
  if (!nature.isRecord) return true;
  return frame.controllen === 0 && (isStamped || settings.timestamps || isPeerGone(fd));
}

/** The further messages, but for the timestamp that records are told from the end by, which nobody asked for. */
function furtherOf(frame: IncomingFrame, { isStamped }: Receiver): readonly ReceivedControl[] {
  if (!isStamped) return frame.furtherMessages();
  if (frame.further === 1 && frame.isStamped) return NO_MESSAGES;
  return frame.furtherMessages().filter(({ level, type }) => level !== SOL_SOCKET || type !== SO_TIMESTAMP_NEW);
}

/** From so many bytes on a message is received where it stays, instead of being copied there. */
const LARGE = 16384;
/** Of the message received last: large ones mostly come one after the other. */
let lastSize = 0;

/**
 * A Buffer for what does not fit into the frame, or is likely to be large: of a record as long as it is, if that can be
 * asked. Undefined where the frame will do.
 */
function largeRoom(fd: number, maxData: number, { isRecord }: Nature): readonly Uint8Array[] | undefined {
  if (maxData <= DATA_ROOM) {
    return lastSize >= LARGE && maxData >= LARGE ? [Buffer.allocUnsafeSlow(maxData)] : undefined;
  }
  if (!isRecord) return [Buffer.allocUnsafeSlow(Math.min(maxData, STREAM_MOST))];
  const { libc, codec, base, scratch } = native();
  const asked = libc.ioctl(fd, FIONREAD, base + scratch) === 0 ? codec.view.getInt32(scratch, true) : 0;
  return [Buffer.allocUnsafeSlow(Math.min(maxData, Math.max(asked, STREAM_MOST)))];
}

/** The first `size` bytes of the parts. */
function joined(parts: readonly Uint8Array[], size: number): Buffer {
  const [only] = parts as [Buffer];
  const most = Math.min(size, byteLengthOf(only));
  if (parts.length === 1) {
    const data = Buffer.from(only.buffer, only.byteOffset, most);
    // Of few bytes in a large room a copy: who keeps them would keep all of that.
    return 2 * most < byteLengthOf(only) ? Buffer.from(data) : data;
  }
  const all = Buffer.concat(parts.map((part) => viewOf(part, 0, byteLengthOf(part))));
  return all.subarray(0, size);
}

/** The credentials that came, if somebody stated them. */
function statedIn({ credentials }: IncomingFrame) {
  return credentials && !isNobody(credentials) ? credentials : undefined;
}
