import { MSG_CTRUNC, MSG_TRUNC, SO_TIMESTAMP_NEW, SOL_SOCKET } from '../../libc/constants.js';
import { readPayload } from '../../model/payload.js';
import {
  CONTROL_ROOM,
  CONTROLLEN,
  COUNT,
  type Credentials,
  DESCRIPTOR_COUNT,
  FLAGS,
  Frame,
  FURTHER,
  GID,
  HAS_CREDENTIALS,
  LAST,
  MALFORMED,
  PID,
  PIDFD,
  UID,
} from './frame.js';
import type { ReceivedControl } from './message.js';

export const NO_MESSAGES: readonly ReceivedControl[] = Object.freeze([]);

/** What the summary tells of the message received last. */
export class IncomingSummary extends Frame {
  /** CMSG_LEN(0) */
  readonly #dataOffset = this.native.codec.exports.cmsgLen(this.native.abi, 0);

  /** Whether there is more to it than data, descriptors and credentials; one look where that is not so. */
  get isPlain(): boolean {
    const { ints, words } = this;
    const odd =
      ((ints[words + FLAGS] as number) & (MSG_CTRUNC | MSG_TRUNC)) |
      (ints[words + MALFORMED] as number) |
      (ints[words + FURTHER] as number) |
      ((ints[words + PIDFD] as number) + 1);
    return odd === 0;
  }

  /** How many descriptors came. */
  get count(): number {
    return this.word(COUNT);
  }

  /** msg_flags */
  get flags(): number {
    return this.word(FLAGS);
  }

  /** A descriptor of the sender's process, that nobody asked for; -1 for none. */
  get pidfd(): number {
    return this.word(PIDFD);
  }

  /** msg_controllen: how many control bytes came. */
  get controllen(): number {
    return this.word(CONTROLLEN);
  }

  /** Whether the first of the further messages is the timestamp that records are told from the end by. */
  get isStamped(): boolean {
    const { codec } = this.native;
    const header = this.control + (this.ints[this.descriptors + DESCRIPTOR_COUNT - 1] as number) + this.#dataOffset;
    // cmsg_level and cmsg_type stand before the data, whatever the width of cmsg_len.
    const { view } = codec;
    return view.getInt32(header - 8, true) === SOL_SOCKET && view.getInt32(header - 4, true) === SO_TIMESTAMP_NEW;
  }

  /** The control bytes, copied out. */
  copyControl(): Uint8Array {
    return this.native.codec.bytes.slice(this.control, this.control + this.controllen);
  }

  get isMalformed(): boolean {
    return this.word(MALFORMED) === 1;
  }

  /** How many control messages came besides descriptors, credentials and a pidfd. */
  get further(): number {
    return this.word(FURTHER);
  }

  /** The further messages, copied out. */
  furtherMessages(): readonly ReceivedControl[] {
    if (this.further === 0) return NO_MESSAGES;
    const last = this.descriptors + DESCRIPTOR_COUNT - 1;
    return Array.from({ length: this.further }, (_, i) => this.#message(this.ints[last - i] as number));
  }

  /**
   * After MSG_CTRUNC: the message that was cut for want of room, or that there was none left for a further one;
   * undefined when the room was no cause. A message that is cut ends where the room does (net/core/scm.c, put_cmsg).
   */
  get cut(): { level: number; type: number } | 'next' | undefined {
    const last = this.word(LAST);
    if (last >= 0) {
      const { level, type, data } = this.#message(last);
      const end = last + this.#dataOffset + data.length;
      if (end >= CONTROL_ROOM) return { level, type };
    }
    return CONTROL_ROOM - this.word(CONTROLLEN) < this.#dataOffset + 4 ? 'next' : undefined;
  }

  get credentials(): Credentials | undefined {
    if (this.word(HAS_CREDENTIALS) === 0) return undefined;
    return { pid: this.word(PID), uid: this.word(UID) >>> 0, gid: this.word(GID) >>> 0 };
  }

  /** The sound message whose header is at that offset of the control data. */
  #message(at: number): ReceivedControl {
    const { codec, abi } = this.native;
    const { control } = this;
    return codec.arena.lend(32, (out) => {
      codec.exports.readMessage(abi, control, this.word(CONTROLLEN), at, out);
      const level = codec.view.getInt32(out + 8, true);
      const type = codec.view.getInt32(out + 12, true);
      const data = control + codec.view.getUint32(out + 16, true);
      const size = codec.view.getUint32(out + 20, true);
      const named = readPayload(codec, abi, level, type, data, size);
      return { level, type, data: codec.bytes.slice(data, data + size), ...(named && { [named.key]: named.value }) };
    });
  }

  protected word(i: number): number {
    return this.ints[this.words + i] as number;
  }
}
