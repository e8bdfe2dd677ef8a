import {
  AF_UNIX,
  SO_PASSCRED,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../../../libc/constants.js';
import { systemError } from '../../../libc/errno.js';
import { native } from '../../../libc/native.js';
import type { Buffers } from './buffers.js';
import { PAIRS } from './choices.js';
import type { Files } from './files.js';

const TYPES = [
  { name: 'stream', type: SOCK_STREAM },
  { name: 'dgram', type: SOCK_DGRAM },
  { name: 'seqpacket', type: SOCK_SEQPACKET },
] as const;

/** Two sockets that nobody else has, with nothing in flight between cases. */
export interface Pair {
  /** `stream`, `dgram, credentials asked for` */
  readonly name: string;
  readonly sender: number;
  readonly receiver: number;
  /** Whether the receiver has SO_PASSCRED. */
  readonly asksCredentials: boolean;
}

/** A pair of each type, with and without SO_PASSCRED. */
export class Pairs {
  readonly #buffers: Buffers;
  readonly #files: Files;
  readonly #pairs: Pair[];

  constructor(buffers: Buffers, files: Files) {
    this.#buffers = buffers;
    this.#files = files;
    this.#pairs = Array.from({ length: PAIRS }, (_, i) => this.#open(i));
  }

  at(i: number): Pair {
    return this.#pairs[i] as Pair;
  }

  /** Closes all and opens them anew; what is in flight is gone then. */
  renew(): void {
    this.close();
    for (let i = 0; i < PAIRS; i++) this.#pairs[i] = this.#open(i);
  }

  close(): void {
    const { libc } = native();
    for (const { sender, receiver } of this.#pairs) {
      for (const fd of [sender, receiver]) {
        if (this.#files.isOpen(fd)) libc.close(fd);
        this.#files.forget(fd);
      }
    }
  }

  #open(i: number): Pair {
    const { libc, koffi } = native();
    const { base, stat, codec } = this.#buffers;
    const { name, type } = TYPES[i % TYPES.length] as (typeof TYPES)[number];
    const asksCredentials = i >= TYPES.length;
    if (libc.socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, base + stat) < 0)
      throw systemError('socketpair', koffi.errno());
    const [sender, receiver] = [codec.ints[stat >> 2] as number, codec.ints[(stat >> 2) + 1] as number];
    this.#files.note(sender, true);
    this.#files.note(receiver, true);
    if (asksCredentials) {
      codec.ints[stat >> 2] = 1;
      if (libc.setsockopt(receiver, SOL_SOCKET, SO_PASSCRED, base + stat, 4) < 0) {
        throw systemError('setsockopt SO_PASSCRED', koffi.errno());
      }
    }
    return { name: asksCredentials ? `${name}, credentials asked for` : name, sender, receiver, asksCredentials };
  }
}
