import { AncillaryError } from '../../../errors/error.js';
import { MSG_DONTWAIT, MSG_NOSIGNAL } from '../../../libc/constants.js';
import { errnoName } from '../../../libc/errno.js';
import { native } from '../../../libc/native.js';
import type { Target, Verdict } from '../../target.js';
import { type Buffers, INPUT_ROOM, makeBuffers } from './buffers.js';
import { type Calls, systemCalls } from './calls.js';
import {
  type CaseNumber,
  hashWords,
  hasTrailer,
  pairOf,
  roomOf,
  styleOf,
  TRAILER,
  trailerOf,
  withTrailer,
} from './choices.js';
import { nameConditions, type Sent } from './conditions.js';
import { Files, optionMemory } from './files.js';
import { Leaks } from './leaks.js';
import { type Pair, Pairs } from './pairs.js';
import { Receiver } from './received.js';
import { Recent } from './recent.js';
import { ERRNOS, type ExpectSend, expectSend } from './refusals.js';
import { Sender } from './sent.js';

/** Cases until the descriptors are counted, and until every pair is closed and opened anew. */
const COUNTED = 4096;
const RENEWED = 4096;
/** Cases after each of which they are counted: at the start, for a replay, and after a leak, for who makes it smaller. */
const CAREFUL = 16;
const CAREFUL_AFTER_LEAK = 8192;

/** What a test puts in the place of the system, or a model in the place of the table. */
export interface Seams {
  readonly calls?: Calls;
  readonly expectSend?: ExpectSend;
}

/** Control buffers through sendmsg and recvmsg of the running kernel. */
export class KernelTarget implements Target {
  readonly name = 'kernel';
  readonly abi: string;
  readonly isDeterministic = true;
  /** How often sendmsg ended with which errno, 0 for success. */
  readonly outcomes = new Uint32Array(ERRNOS);
  readonly #buffers: Buffers;
  readonly #calls: Calls;
  readonly #expectSend: ExpectSend;
  readonly #files: Files;
  readonly #sender: Sender;
  readonly #receiver: Receiver;
  readonly #pairs: Pairs;
  readonly #leaks: Leaks;
  readonly #recent = new Recent(COUNTED);
  #cases = 0;
  #careful = CAREFUL;

  constructor({ calls = systemCalls(), expectSend: expected = expectSend }: Seams = {}) {
    this.abi = native().abiId;
    this.#calls = calls;
    this.#expectSend = expected;
    this.#buffers = makeBuffers();
    this.#files = new Files(calls, this.#buffers);
    const own = { pid: process.pid, uid: (process.getuid?.() ?? 0) | 0, gid: (process.getgid?.() ?? 0) | 0 };
    this.#sender = new Sender(this.#buffers, this.#files, own, optionMemory());
    this.#receiver = new Receiver(this.#buffers, calls, this.#files, own);
    this.#pairs = new Pairs(this.#buffers, this.#files);
    this.#leaks = new Leaks(calls, this.#files);
  }

  /** How many descriptors have come. */
  get received(): number {
    return this.#receiver.received;
  }

  run(input: Uint8Array): Verdict | undefined {
    if (input.length > INPUT_ROOM) {
      throw new AncillaryError(
        'ERR_TOO_LARGE',
        `an input of ${input.length} bytes: the kernel target takes ${INPUT_ROOM}`,
      );
    }
    const verdict = this.#try(input);
    this.#recent.add(input);
    this.#cases++;
    // Behind what was wrong there may be descriptors that could not be read.
    if (verdict) this.#leaks.count();
    const found = verdict ?? this.#findLeak();
    // What is in flight when something went wrong, or nobody knows of, goes with its pair.
    if (found || this.#cases % RENEWED === 0) this.#pairs.renew();
    return found;
  }

  /** The same case with what follows from its bytes written down behind them, so that fewer bytes can be that case. */
  pin(input: Uint8Array): Uint8Array {
    if (hasTrailer(input) || input.length + TRAILER > INPUT_ROOM) return input;
    return withTrailer(input, this.#load(input));
  }

  close(): void {
    this.#pairs.close();
    this.#files.close();
  }

  /** Puts the control data where they are sent from and returns the case's number. */
  #load(input: Uint8Array): CaseNumber {
    const { codec, control } = this.#buffers;
    codec.bytes.set(input, control);
    if (hasTrailer(input)) return trailerOf(input);
    const end = control + input.length;
    for (let at = end; (at & 3) !== 0; at++) codec.bytes[at] = 0;
    return hashWords(codec.ints, control >> 2, (input.length + 3) >> 2, input.length);
  }

  #prepare(input: Uint8Array, number: CaseNumber): Sent {
    const size = hasTrailer(input) ? input.length - TRAILER : input.length;
    const style = styleOf(number);
    if (style === 'composed') return this.#sender.compose(input, number);
    return this.#sender.read(size, style === 'patched' ? number : undefined);
  }

  #try(input: Uint8Array): Verdict | undefined {
    const number = this.#load(input);
    const sent = this.#prepare(input, number);
    const pair = this.#pairs.at(pairOf(number));
    const { codec, abi, base, outgoing, sentData } = this.#buffers;
    codec.exports.setControllen(abi, outgoing, sent.size);
    codec.bytes[sentData] = number & 0xff;
    const result = this.#calls.sendmsg(pair.sender, base + outgoing, MSG_DONTWAIT | MSG_NOSIGNAL);
    const errno = result < 0 ? this.#calls.errno() : 0;
    (this.outcomes[errno] as number)++;
    const verdict =
      this.#judgeSend(errno, sent, number) ?? (errno === 0 ? this.#receiver.receive(sent, pair, number) : undefined);
    return verdict && { ...verdict, details: describe(sent, pair, number) };
  }

  #judgeSend(errno: number, sent: Sent, number: CaseNumber): Verdict | undefined {
    if (this.#expectSend(sent, errno)) return undefined;
    if (styleOf(number) !== 'composed') {
      // A descriptor that Node has opened or closed meanwhile is another buffer to the kernel.
      this.#files.refresh();
      if (this.#expectSend(this.#sender.read(sent.size), errno)) return undefined;
    }
    const what = nameConditions(sent.conditions);
    return errno === 0
      ? { class: 'errno:none', cause: `sendmsg took a buffer that the kernel must refuse (${what})` }
      : {
          class: `errno:${errnoName(errno)}`,
          cause: `sendmsg failed with ${errnoName(errno)}, on a buffer with ${what}`,
        };
  }

  #findLeak(): Verdict | undefined {
    if (this.#careful > 0) this.#careful--;
    else if (this.#cases % COUNTED !== 0) return undefined;
    const count = this.#leaks.count();
    if (count === 0) {
      this.#recent.clear();
      return undefined;
    }
    const recent = this.#recent.take();
    this.#careful = CAREFUL_AFTER_LEAK;
    const cause = `${count} descriptor${count > 1 ? 's' : ''} stayed open that nobody was told of`;
    // Which one it was: each again, alone.
    for (const input of recent) {
      this.#try(input);
      if (this.#leaks.count() > 0) return { class: 'leak', cause, input };
    }
    return {
      class: 'leak',
      cause: `${cause}; it was one of the last ${recent.length} inputs, and did not happen again`,
    };
  }
}

function describe({ size, count, conditions }: Sent, { name }: Pair, number: CaseNumber) {
  const [style, room] = [styleOf(number), roomOf(number)];
  return { socket: name, style, room, controllen: size, descriptors: count, conditions: nameConditions(conditions) };
}
