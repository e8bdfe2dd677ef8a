import { Buffer } from 'node:buffer';
import { byteLengthOf, viewOf } from '../../check/bytes.js';
import { AncillaryError } from '../../errors/error.js';
import { duplicateFd, numberOf, type OwnedFd } from '../../fd/owned-fd.js';
import { ENOMEM } from '../../libc/errno.js';
import { startedReactor } from '../../reactor/reactor.js';
import { NOT_YET } from '../../reactor/wait.js';
import { setImmediate } from '../../runtime/globals.js';
import type { Message, MessageHead, ReceivedControl } from '../frame/message.js';
import { discard, extend, mergeMessages, type Sender, type Stretch, stretchOf } from '../frame/stretch.js';
import { intoGone } from './attempt-receive.js';
import type { Room } from './receive.js';

/** Bytes taken out, with what came with them. */
export interface Taken extends Message {
  /** Of each descriptor: how many of these bytes had come when it came. */
  positions: number[];
}

const NONE = Buffer.alloc(0);
const FIRST_ROOM = 4096;
/** Memory that is kept for the next read. */
const KEPT_MOST = 16384;
/** So many pidfds of different processes are held at most. */
const MOST_PIDFDS = 16;
const NO_CONTROL = new Uint8Array(0);

/**
 * What has been taken from a stream's socket and given to nobody yet: the bytes of a read that waits for more, or that
 * was ended before it had all. It is a part of the stream: whoever reads next reads these bytes first.
 *
 * Places in the stream are counted from the first byte that was ever held here.
 */
export class Unread {
  readonly #fd: OwnedFd;
  /** How many bytes are held. */
  size = 0;
  /** The place of the first of them. */
  offset = 0;
  /** Set within a receive: whoever is told of that may read the same stream. */
  isReceiving = false;
  #bytes: Buffer = NONE;
  /** Where the first of them is. */
  #begin = 0;
  #stretches: Stretch[] = [];
  /** Of the stretches, each once, in their order. */
  #senders: Sender[] = [];
  #isOffered = false;

  constructor(fd: OwnedFd) {
    this.#fd = fd;
  }

  /** Room for `size` bytes behind those that are held, for `add`; until then the memory stays where it is. */
  reserve(size: number): Buffer {
    const held = this.#begin + this.size;
    if (held + size > this.#bytes.length) this.#move(this.size + size);
    return this.#bytes.subarray(this.#begin + this.size, this.#begin + this.size + size);
  }

  #move(needed: number): void {
    const held = this.#bytes.subarray(this.#begin, this.#begin + this.size);
    if (needed > this.#bytes.length) {
      let larger: Buffer;
      try {
        larger = Buffer.allocUnsafeSlow(Math.max(FIRST_ROOM, needed, 2 * this.size));
      } catch (cause) {
        const what = `no memory for ${needed} bytes of a stream; those that came stay in it`;
        throw new AncillaryError('ENOMEM', what, { errno: ENOMEM, cause });
      }
      larger.set(held);
      this.#bytes = larger;
    } else this.#bytes.copyWithin(0, this.#begin, this.#begin + this.size);
    this.#begin = 0;
  }

  /** What came is held from now on: its bytes are in the room that was reserved. */
  add(message: MessageHead): void {
    this.size += message.size;
    const last = this.#stretches.at(-1);
    const stretch = stretchOf(message, this.offset + this.size, last?.sender);
    if (last && extend(last, stretch)) return;
    this.#stretches.push(stretch);
    if (last?.sender === stretch.sender) return;
    this.#senders.push(stretch.sender);
    // Processes that send by turns must not fill the process with pidfds.
    const old = this.#senders.at(-1 - MOST_PIDFDS);
    if (old) discard([old.pidfd]);
    if (old) old.pidfd = undefined;
  }

  /**
   * Where the `delimiter` begins among the bytes that are held, and `ahead` more behind them, counted from the first;
   * -1 where it does not. What lies in front of the place `from` has been searched.
   */
  find(delimiter: Buffer, from: number, ahead: number): number {
    const all = this.#bytes.subarray(this.#begin, this.#begin + this.size + ahead);
    return all.indexOf(delimiter, Math.max(0, from - this.offset));
  }

  /** How many descriptors came with the first `size` bytes. */
  countFds(size: number): number {
    const end = this.offset + size;
    let count = 0;
    for (const stretch of this.#stretches) {
      if (stretch.end > end) break;
      count += stretch.fds.length;
    }
    return count;
  }

  /** Takes the first `size` bytes out. Throws, with nothing changed, when a pidfd cannot be duplicated. */
  take(size: number): Taken {
    const begin = this.offset;
    const end = begin + size;
    const found = this.#stretches.findIndex((stretch) => stretch.end >= end);
    const last = this.#stretches[found];
    if (!last) return { data: this.#takeBytes(size), size, fds: [], messages: [], flags: 0, positions: [] };
    // The rest of its bytes keeps what came with the last of them.
    const count = last.end > end ? found : found + 1;
    const { sender } = last;
    // Whose they are is said only of bytes that are all of one process.
    const isOne = this.#stretches[0]?.sender === sender;
    const isLeft = this.#stretches[count]?.sender === sender;
    const pidfd =
      isOne && isLeft && sender.pidfd
        ? duplicateFd(numberOf(sender.pidfd), 'duplicated for a part of what came')
        : sender.pidfd;
    const data = this.#takeBytes(size);
    const fds: OwnedFd[] = [];
    const positions: number[] = [];
    let messages: readonly ReceivedControl[] = [];
    for (const stretch of this.#stretches.splice(0, count)) {
      fds.push(...stretch.fds);
      positions.push(...stretch.fds.map(() => stretch.end - begin));
      messages = mergeMessages(messages, stretch.messages);
    }
    const taken: Taken = { data, size, fds, messages, flags: last.flags, positions };
    if (isOne && sender.credentials) taken.credentials = sender.credentials;
    if (isOne && pidfd) taken.pidfd = pidfd;
    this.#forgetSenders(taken.pidfd);
    return taken;
  }

  /** Forgets who sent nothing of what is held; a pidfd that is given away is not closed. */
  #forgetSenders(given: OwnedFd | undefined): void {
    const left = this.#senders.indexOf(this.#stretches[0]?.sender as Sender);
    const gone = this.#senders.splice(0, left < 0 ? this.#senders.length : left);
    discard(gone.map(({ pidfd }) => (pidfd === given ? undefined : pidfd)));
  }

  #takeBytes(size: number): Buffer {
    const from = this.#begin;
    const bytes = this.#bytes.subarray(from, from + size);
    this.size -= size;
    this.offset += size;
    this.#begin += size;
    // Where that wastes little the memory goes along, else a copy.
    const isGiven = this.size === 0 && size * 2 >= this.#bytes.length;
    if (isGiven || (this.size === 0 && this.#bytes.length > KEPT_MOST)) this.#bytes = NONE;
    if (this.size === 0) this.#begin = 0;
    return isGiven ? bytes : Buffer.from(bytes);
  }

  /** The next message, as a receive from the kernel would give it: it ends at the first bytes that brought descriptors. */
  receive(room: Room): Message | typeof NOT_YET {
    if (this.isReceiving) return NOT_YET;
    const [first] = this.#stretches as [Stretch];
    const { into, maxFds, peek } = room;
    const most = into ? into.reduce((sum, part) => sum + byteLengthOf(part), 0) : room.maxData;
    if (most === 0) throw intoGone();
    const size = Math.min(most, first.end - this.offset);
    if (this.countFds(size) > maxFds) throw this.refuse(size, maxFds);
    const { positions: _, ...message } = peek ? this.#look(size) : this.take(size);
    if (room.control) message.control = NO_CONTROL;
    if (this.size > 0) this.offer();
    if (!into) return message;
    const { data, ...head } = message;
    fill(into, data);
    return head as Message;
  }

  /** The same as `take`, of the first stretch, with nothing taken: descriptors are duplicates. */
  #look(size: number): Taken {
    const { fds, messages, flags, end, sender } = this.#stretches[0] as Stretch;
    const { pidfd, credentials } = sender;
    const data = Buffer.from(this.#bytes.subarray(this.#begin, this.#begin + size));
    const isWhole = end === this.offset + size;
    const duplicates: OwnedFd[] = [];
    const all = [...(isWhole ? fds : []), ...(pidfd ? [pidfd] : [])];
    try {
      for (const each of all) duplicates.push(duplicateFd(numberOf(each), 'duplicated by a peek'));
    } catch (error) {
      discard(duplicates);
      throw error;
    }
    const copy = pidfd ? duplicates.pop() : undefined;
    const taken: Taken = { data, size, fds: duplicates, messages: isWhole ? messages : [], flags, positions: [] };
    if (credentials) taken.credentials = credentials;
    if (copy) taken.pidfd = copy;
    return taken;
  }

  /** Takes the first `size` bytes, which came with more descriptors than were asked for: the error, which has them. */
  refuse(size: number, maxFds: number): AncillaryError {
    const { data, fds, pidfd, credentials, messages, flags } = this.take(size);
    discard([...fds, pidfd]);
    const came = fds.length === 1 ? '1 descriptor came' : `${fds.length} descriptors came`;
    const what = `${came} with ${size} bytes, ${maxFds} asked for: closed; raise maxFds, or read fewer bytes at once`;
    return new AncillaryError('ERR_TRUNCATED', what, { data, flags, messages, ...(credentials && { credentials }) });
  }

  /** Takes everything out for an error, behind which the `rest` comes; its descriptors are closed. Returns the bytes. */
  giveUp(rest: Uint8Array): { data: Buffer; closed: number } {
    const { data, fds, pidfd } = this.take(this.size);
    discard([...fds, pidfd]);
    // A copy in any case: the rest may be in memory that is used again.
    return { data: Buffer.concat([data, rest]), closed: fds.length };
  }

  /** Has whoever waits in line tried, soon, or once a promise is kept: epoll knows nothing of what is held here. */
  offer(after?: PromiseLike<unknown>): void {
    if (this.size === 0) return;
    if (after) after.then(() => this.offer(), NOTHING);
    else if (!this.#isOffered) {
      this.#isOffered = true;
      setImmediate(() => {
        this.#isOffered = false;
        if (this.size > 0 && !this.#fd.closed) startedReactor()?.retry(numberOf(this.#fd), 'read');
      });
    }
  }

  /** Forgets everything; what came is closed, away from the event loop. */
  drop(): void {
    const fds = this.#stretches.splice(0).flatMap((stretch) => stretch.fds);
    this.offset += this.size;
    this.size = 0;
    this.#bytes = NONE;
    this.#begin = 0;
    discard(fds);
    this.#forgetSenders(undefined);
  }
}

/** Throws `ERR_UNREAD` where `size` bytes are left in a stream whose descriptor is to be given away. */
export function refuseUnread(size: number): void {
  if (size === 0) return;
  throw new AncillaryError(
    'ERR_UNREAD',
    `a read that had no good end left ${size} bytes in this stream, which its descriptor alone would lack: ` +
      `take them first, as with readSync(${size})`,
  );
}

const NOTHING = () => undefined;

function fill(parts: readonly Uint8Array[], data: Uint8Array): void {
  let at = 0;
  for (const part of parts) {
    const size = Math.min(byteLengthOf(part), data.length - at);
    viewOf(part, 0, size).set(data.subarray(at, at + size));
    at += size;
  }
}
