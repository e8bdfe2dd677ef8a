import {
  FD_CLOEXEC,
  MSG_CMSG_CLOEXEC,
  MSG_CTRUNC,
  MSG_DONTWAIT,
  SCM_MAX_FD,
  SOL_SOCKET,
} from '../../../libc/constants.js';
import { errnoName } from '../../../libc/errno.js';
import { PARSE_MESSAGE } from '../../../wasm/exports.js';
import type { Verdict } from '../../target.js';
import { type Buffers, CANARY, GUARD, RECEIVE_ROOM } from './buffers.js';
import type { Calls } from './calls.js';
import { type CaseNumber, isCloseOnExec, pickOf, roomOf } from './choices.js';
import type { Credentials, Sent } from './conditions.js';
import type { Files } from './files.js';
import type { Pair } from './pairs.js';
import { SCM_CREDENTIALS, SCM_RIGHTS, UCRED } from './sent.js';

/** Bytes that a large room has more than what comes, at most, besides a few. */
const LARGER = 256;
const CANARY_WORD = CANARY * 0x01010101;

/** Receives what was sent and says what is wrong with it; every descriptor that came is closed again. */
export class Receiver {
  readonly #buffers: Buffers;
  readonly #calls: Calls;
  readonly #files: Files;
  readonly #own: Readonly<Credentials>;
  readonly #canary = CANARY_WORD | 0;
  /** Descriptors that came with this case. */
  readonly #got = new Int32Array(SCM_MAX_FD + RECEIVE_ROOM / 4);
  #count = 0;
  /** Bytes of credentials that came, -1 for none. */
  #credentials = -1;
  /** How many descriptors ever came. */
  received = 0;

  constructor(buffers: Buffers, calls: Calls, files: Files, own: Readonly<Credentials>) {
    this.#buffers = buffers;
    this.#calls = calls;
    this.#files = files;
    this.#own = own;
  }

  receive(sent: Sent, pair: Pair, number: CaseNumber): Verdict | undefined {
    const { codec, abi, base, incoming, received, sentData, receivedData } = this.#buffers;
    const { bytes, exports } = codec;
    const needed =
      (pair.asksCredentials ? exports.cmsgSpace(abi, UCRED) : 0) +
      (sent.count > 0 ? exports.cmsgSpace(abi, 4 * sent.count) : 0);
    const room = roomFor(needed, number);
    exports.setControllen(abi, incoming, room);
    bytes[receivedData] = ~(bytes[sentData] as number);
    this.#count = 0;
    this.#credentials = -1;
    const flags = isCloseOnExec(number) ? MSG_DONTWAIT | MSG_CMSG_CLOEXEC : MSG_DONTWAIT;
    const result = this.#calls.recvmsg(pair.receiver, base + incoming, flags);
    if (result !== 1) return this.#fails(result);
    const controllen = this.#buffers.readControllen();
    if (controllen > room) {
      return wrong('strict:controllen', `recvmsg says that it wrote ${controllen} control bytes into ${room}`);
    }
    try {
      return (
        this.#read(controllen) ??
        this.#checkUntouched(controllen, room + GUARD, 'the end') ??
        this.#judge(sent, pair, number, needed, room)
      );
    } finally {
      this.#closeAll();
      const { ints } = codec;
      const end = (received + controllen + 3) >> 2;
      for (let at = received >> 2; at < end; at++) ints[at] = this.#canary;
    }
  }

  #fails(result: number): Verdict {
    if (result >= 0) return wrong('payload:data', `recvmsg returned ${result} where one byte had been sent`);
    const name = errnoName(this.#calls.errno());
    return wrong(`errno:recvmsg:${name}`, `recvmsg failed with ${name} where a message had been sent`);
  }

  /** Reads strictly what the kernel wrote, and takes note of the descriptors first of all. */
  #read(controllen: number): Verdict | undefined {
    const { codec, abi, received, message } = this.#buffers;
    const { ints, exports } = codec;
    const words = message >> 2;
    let found: Verdict | undefined;
    for (let at = 0; ; ) {
      const status = exports.readMessage(abi, received, controllen, at, message);
      if (status !== PARSE_MESSAGE) {
        if (status < 0) found ??= wrong('strict:malformed', `the kernel wrote a malformed message at ${at}`);
        else if (at < controllen)
          found ??= wrong('strict:trailing', `${controllen - at} bytes follow the last message`);
        return found;
      }
      const level = ints[words + 2];
      const type = ints[words + 3];
      const offset = ints[words + 4] as number;
      const size = ints[words + 5] as number;
      const next = ints[words + 6] as number;
      if (level === SOL_SOCKET && type === SCM_RIGHTS) {
        if (this.#count > 0 || size === 0) found ??= wrong('payload:unasked', 'SCM_RIGHTS came twice, or empty');
        const data = (received + offset) >> 2;
        for (let i = 0; i < size >> 2; i++) this.#got[this.#count++] = ints[data + i] as number;
        if ((size & 3) !== 0) found ??= wrong('strict:rights', `SCM_RIGHTS came with ${size} bytes`);
      } else if (level === SOL_SOCKET && type === SCM_CREDENTIALS && this.#credentials < 0) {
        this.#credentials = size;
      } else {
        found ??= wrong('payload:unasked', `a message of level ${level}, type ${type} came that nobody asked for`);
      }
      found ??= this.#checkUntouched(offset + size, next, 'a message');
      at = next;
    }
  }

  /** Whether the bytes from `start` to `end` of the receiver's room are as they were before. */
  #checkUntouched(start: number, end: number, behind: string): Verdict | undefined {
    const { codec, received } = this.#buffers;
    const { bytes, ints } = codec;
    let at = received + start;
    const stop = received + end;
    while (at < stop && (at & 3) !== 0) if (bytes[at++] !== CANARY) return overwritten(at - 1 - received, behind);
    for (; at + 4 <= stop; at += 4) if (ints[at >> 2] !== this.#canary) return overwritten(at - received, behind);
    while (at < stop) if (bytes[at++] !== CANARY) return overwritten(at - 1 - received, behind);
    return undefined;
  }

  #judge(sent: Sent, pair: Pair, number: CaseNumber, needed: number, room: number): Verdict | undefined {
    const { codec, abi, incoming, sentData, receivedData } = this.#buffers;
    const { bytes, exports } = codec;
    if (bytes[receivedData] !== bytes[sentData]) return wrong('payload:data', 'another byte came than was sent');
    if (this.#credentials >= 0 && !pair.asksCredentials) {
      return wrong('payload:unasked', 'credentials came to a socket that asks for none');
    }
    const isMissing = this.#count < sent.count || (pair.asksCredentials && this.#credentials < UCRED);
    if (isMissing && room >= needed) {
      return wrong('payload:missing', `${this.#count} of ${sent.count} descriptors came into room for all`);
    }
    const flags = exports.readFlags(abi, incoming) & ~(isCloseOnExec(number) ? MSG_CMSG_CLOEXEC : 0);
    if ((flags & ~MSG_CTRUNC) !== 0) return wrong('flags:unasked', `msg_flags came back as 0x${flags.toString(16)}`);
    if ((flags !== 0) !== isMissing) {
      const said = flags !== 0 ? 'MSG_CTRUNC is set though all came' : 'MSG_CTRUNC is not set though some is missing';
      return wrong('flags:ctrunc', said);
    }
    return this.#judgeCredentials(sent) ?? this.#judgeRights(sent, number);
  }

  /** As far as there was room for them: pid, uid and gid that were sent, or the sender's own. */
  #judgeCredentials(sent: Sent): Verdict | undefined {
    if (this.#credentials < 4) return undefined;
    const { codec, abi, received } = this.#buffers;
    const expected = sent.hasCredentials ? sent.credentials : this.#own;
    // The kernel writes them before descriptors.
    const data = (received + codec.exports.cmsgLen(abi, 0)) >> 2;
    const whole = this.#credentials >> 2;
    const { ints } = codec;
    if (
      ints[data] === expected.pid &&
      (whole < 2 || ints[data + 1] === expected.uid) &&
      (whole < 3 || ints[data + 2] === expected.gid)
    ) {
      return undefined;
    }
    const came = Array.from(ints.subarray(data, data + whole)).join(', ');
    const { pid, uid, gid } = expected;
    return wrong('payload:credentials', `pid, uid, gid ${pid}, ${uid}, ${gid} were sent, ${came} came`);
  }

  /** The same files in the same order, under numbers that are new; one of them with the flag that was asked for. */
  #judgeRights(sent: Sent, number: CaseNumber): Verdict | undefined {
    if (this.#count > sent.count) {
      return wrong('payload:rights', `${this.#count} descriptors came where ${sent.count} were sent`);
    }
    for (let i = 0; i < this.#count; i++) {
      const [fd, of] = [this.#got[i] as number, sent.fds[i] as number];
      if (this.#files.isSame(fd, of)) continue;
      // What is not ours may have become another file since.
      if (!this.#files.isTest(of)) this.#files.note(of);
      if (this.#files.isSame(fd, of)) continue;
      return wrong('payload:rights', `descriptor ${i} of ${sent.count} came as another file than was sent`);
    }
    if (this.#count === 0) return undefined;
    const flags = this.#calls.getFlags(this.#got[pickOf(number) % this.#count] as number);
    const isSet = (flags & FD_CLOEXEC) !== 0;
    if (flags >= 0 && isSet === isCloseOnExec(number)) return undefined;
    return wrong('flags:cloexec', `FD_CLOEXEC is ${isSet ? 'set' : 'not set'} on a descriptor that came`);
  }

  /** Numbers that follow each other are closed with one call; what is not new is not ours to close. */
  #closeAll(): void {
    const count = this.#count;
    this.received += count;
    const first = this.#got[0] as number;
    let isRun = count > 1;
    for (let i = 0; i < count; i++) {
      const fd = this.#got[i] as number;
      if (fd !== first + i || this.#files.isOpen(fd)) isRun = false;
    }
    if (isRun && this.#calls.closeRange(first, first + count - 1) === 0) return;
    for (let i = 0; i < count; i++) {
      const fd = this.#got[i] as number;
      if (fd >= 0 && !this.#files.isTaken(fd)) this.#calls.close(fd);
    }
  }
}

/** The receiver's room for control data where `needed` bytes come. */
function roomFor(needed: number, number: CaseNumber): number {
  const pick = pickOf(number);
  switch (roomOf(number)) {
    case 'exact':
      return needed;
    case 'short':
      return needed === 0 ? 0 : pick % needed;
    case 'none':
      return 0;
    case 'large':
      return Math.min(needed + 1 + (pick % LARGER), RECEIVE_ROOM);
  }
}

function overwritten(at: number, behind: string): Verdict {
  return wrong('strict:pad', `the kernel wrote behind ${behind}, at ${at} of the receiver's control buffer`);
}

function wrong(name: string, cause: string): Verdict {
  return { class: name, cause };
}
