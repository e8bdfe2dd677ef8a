import { SCM_MAX_FD, SOL_SOCKET } from '../../../libc/constants.js';
import { PARSE_MESSAGE } from '../../../wasm/exports.js';
import type { Buffers } from './buffers.js';
import { INPUT_ROOM } from './buffers.js';
import type { CaseNumber } from './choices.js';
import { CONDITION, type Credentials, type Sent } from './conditions.js';
import type { Files } from './files.js';

export const SCM_RIGHTS = 1;
export const SCM_CREDENTIALS = 2;
/** Bytes of struct ucred. */
export const UCRED = 12;
const NO_ID = -1;
/** A list has fewer descriptors than that, but for one in 256, which has all that a message may have. */
const FEW = 9;
const MANY = 255;

/** Makes and reads control buffers. */
export class Sender {
  readonly sent: Sent = {
    size: 0,
    conditions: 0,
    count: 0,
    fds: new Int32Array(SCM_MAX_FD),
    hasCredentials: false,
    credentials: { pid: 0, uid: 0, gid: 0 },
  };
  /** What an honest process says of itself. */
  readonly own: Readonly<Credentials>;
  readonly #buffers: Buffers;
  readonly #files: Files;
  readonly #optionMemory: number;

  constructor(buffers: Buffers, files: Files, own: Credentials, optionMemory: number) {
    this.#buffers = buffers;
    this.#files = files;
    this.own = own;
    this.#optionMemory = optionMemory;
  }

  /**
   * Reads the `size` control bytes as the kernel does, up to the first thing that it must refuse. With a number to patch
   * them by, descriptors that are open and credentials that are true are put in most places where it looks for some.
   */
  read(size: number, patchBy?: CaseNumber): Sent {
    const { codec, abi, control, message } = this.#buffers;
    const { ints, exports } = codec;
    const { sent } = this;
    const words = message >> 2;
    sent.size = size;
    sent.count = 0;
    sent.hasCredentials = false;
    sent.conditions = size > this.#optionMemory ? CONDITION.long : 0;
    let random = patchBy ?? 0;
    for (let at = 0; ; at = ints[words + 6] as number) {
      const status = exports.readMessage(abi, control, size, at, message);
      if (status !== PARSE_MESSAGE) {
        if (status < 0) sent.conditions |= CONDITION.malformed;
        return sent;
      }
      if (ints[words + 2] !== SOL_SOCKET) continue;
      const data = (control + (ints[words + 4] as number)) >> 2;
      const bytes = ints[words + 5] as number;
      const type = ints[words + 3] as number;
      if (patchBy !== undefined) random = this.#patch(type, data, bytes, next(random));
      const refused =
        type === SCM_RIGHTS
          ? this.#readRights(data, bytes >> 2)
          : type === SCM_CREDENTIALS
            ? this.#readCredentials(data, bytes)
            : CONDITION.otherType;
      if (refused !== 0) {
        sent.conditions |= refused;
        return sent;
      }
    }
  }

  /** Patches one payload; the random number that is next. */
  #patch(type: number, data: number, bytes: number, random: number): number {
    const { ints } = this.#buffers.codec;
    if (type === SCM_RIGHTS) {
      const { test } = this.#files;
      // One in sixteen stays as it is.
      for (let i = data; i < data + (bytes >> 2); i++) {
        random = next(random);
        if (random >>> 28 !== 0) ints[i] = test[(random >>> 8) % test.length] as number;
      }
    } else if (type === SCM_CREDENTIALS && bytes === UCRED && random >>> 29 !== 0) {
      ints[data] = this.own.pid;
      ints[data + 1] = this.own.uid;
      ints[data + 2] = this.own.gid;
    }
    return random;
  }

  #readRights(data: number, count: number): number {
    const { sent } = this;
    const { ints } = this.#buffers.codec;
    if (count === 0) return 0;
    if (sent.count + count > SCM_MAX_FD) return CONDITION.tooMany;
    sent.conditions |= CONDITION.rights;
    for (let i = 0; i < count; i++) {
      const fd = ints[data + i] as number;
      const refused = this.#files.conditionOf(fd);
      if (refused !== 0) return refused;
      sent.fds[sent.count++] = fd;
    }
    return 0;
  }

  #readCredentials(data: number, bytes: number): number {
    if (bytes !== UCRED) return CONDITION.oddCredentials;
    const { ints } = this.#buffers.codec;
    const [pid = 0, uid = 0, gid = 0] = [ints[data], ints[data + 1], ints[data + 2]];
    if (uid === NO_ID || gid === NO_ID) return CONDITION.noId;
    const { own, sent } = this;
    // The kernel looks at the ids first.
    if (uid !== own.uid || gid !== own.gid) sent.conditions |= CONDITION.foreignId;
    if (pid <= 0) return CONDITION.noPid;
    if (pid !== own.pid) sent.conditions |= CONDITION.foreignPid;
    this.#noteCredentials(pid, uid, gid);
    return 0;
  }

  #noteCredentials(pid: number, uid: number, gid: number): void {
    const { sent } = this;
    sent.hasCredentials = true;
    sent.credentials.pid = pid;
    sent.credentials.uid = uid;
    sent.credentials.gid = gid;
  }

  /**
   * Encodes a list that is wholly well formed, which the input and its number decide on: one to three messages, each of
   * a kind by a byte and of a size by the next. What is encoded is noted as what must arrive; it is not read back.
   */
  compose(input: Uint8Array, number: CaseNumber): Sent {
    const { codec, abi, control, numbers } = this.#buffers;
    const { ints, exports } = codec;
    const { test } = this.#files;
    const { sent, own } = this;
    sent.conditions = 0;
    sent.count = 0;
    sent.hasCredentials = false;
    let random = number;
    let used = 0;
    let taken = 0;
    // Mixed: of bytes that are control messages many are zero.
    const take = () => {
      random = next(random);
      return (input[taken++] ?? 0) ^ (random >>> 24);
    };
    for (let left = 1 + (take() % 3); left > 0; left--) {
      const kind = take() & 7;
      const amount = take();
      if (kind < 5) {
        const wanted = amount < MANY ? amount % FEW : SCM_MAX_FD;
        const count = Math.min(wanted, SCM_MAX_FD - sent.count);
        for (let i = 0; i < count; i++) {
          random = next(random);
          const fd = test[(random >>> 8) % test.length] as number;
          ints[(numbers >> 2) + i] = fd;
          sent.fds[sent.count++] = fd;
        }
        if (count > 0) sent.conditions |= CONDITION.rights;
        used = exports.putRights(abi, control, INPUT_ROOM, used, numbers, count);
      } else if (kind < 7) {
        used = exports.putCredentials(abi, control, INPUT_ROOM, used, own.pid, own.uid, own.gid);
        this.#noteCredentials(own.pid, own.uid, own.gid);
      } else {
        // Of another level, which the kernel passes over.
        used = exports.beginMessage(abi, control, INPUT_ROOM, used, SOL_SOCKET + amount + 1, kind, amount, 0, 0);
      }
    }
    sent.size = used;
    return sent;
  }
}

/** A linear congruential generator's next number, a u32. */
function next(random: number): number {
  return (Math.imul(random, 1664525) + 1013904223) >>> 0;
}
