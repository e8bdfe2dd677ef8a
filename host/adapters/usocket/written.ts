import {
  checkHeld,
  F_DUPFD_CLOEXEC,
  invalidArgument,
  isBytes,
  native,
  numberOfSendable,
  type OwnedFd,
  originOf,
  ownFd,
  SCM_MAX_FD,
  type Sendable,
  show,
  systemError,
} from '../base.js';

/** What may be written: bytes, descriptors, or an object with both. */
export type Written =
  | string
  | Uint8Array
  | readonly Sendable[]
  | {
      /** The bytes. */
      data?: string | Uint8Array | null | undefined;
      /** Descriptors to pass, which travel with the first byte. */
      fds?: readonly Sendable[] | null | undefined;
      /** Called once the kernel has all of it: the descriptors may be closed then. */
      callback?: ((written: Written) => void) | null | undefined;
    };

const NO_FDS: readonly Sendable[] = [];
const NO_BYTES = new Uint8Array(0);

/** One write, as it is sent. */
export class Chunk {
  readonly data: Uint8Array;
  readonly fds: readonly Sendable[];
  /** To be called once the kernel has all of it. */
  readonly tell: () => void;

  private constructor(data: Uint8Array, fds: readonly Sendable[], tell: () => void) {
    this.data = data;
    this.fds = fds;
    this.tell = tell;
  }

  /** What has been written, in whichever form; throws for what cannot be meant. */
  static from(written: unknown, encoding?: BufferEncoding): Chunk {
    if (written instanceof Chunk) return written;
    if (typeof written === 'string' || isBytes(written)) return new Chunk(bytesOf(written, encoding), NO_FDS, () => {});
    if (Array.isArray(written)) return new Chunk(NO_BYTES, [...written], () => {});
    if (typeof written !== 'object' || written === null) throw notWritable(written);
    const { data, fds, callback } = written as { data?: unknown; fds?: unknown; callback?: unknown };
    if (data == null && fds == null) throw notWritable(written);
    if (fds != null && !Array.isArray(fds)) throw invalidArgument(`fds must be a list, not ${show(fds)}`);
    if (callback != null && typeof callback !== 'function') {
      throw invalidArgument(`callback must be a function, not ${show(callback)}`);
    }
    const tell = callback ? () => callback(written) : () => {};
    return new Chunk(data == null ? NO_BYTES : bytesOf(data, encoding), fds == null ? NO_FDS : [...fds], tell);
  }
}

function bytesOf(data: unknown, encoding: BufferEncoding | undefined): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, encoding);
  if (isBytes(data)) return checkHeld(data, 'data');
  throw invalidArgument(`data must be a string or a Uint8Array, not ${show(data)}`);
}

function notWritable(written: unknown) {
  return invalidArgument(
    `what is written must be bytes, a list of descriptors, or { data, fds }, not ${show(written)}`,
  );
}

/**
 * Descriptors that were written with no byte: on a stream the kernel would drop them unseen. They are kept, as duplicates,
 * so that whoever wrote them may close his own, and go with the next byte.
 */
export class HeldDescriptors {
  #fds: OwnedFd[] = [];

  get length(): number {
    return this.#fds.length;
  }

  /** All that go with the next byte, if `fds` go with it too; throws for more than one message can carry. */
  with(fds: readonly Sendable[]): readonly Sendable[] {
    const count = this.#fds.length + fds.length;
    if (count > SCM_MAX_FD) {
      throw invalidArgument(
        `${count} descriptors at one byte; Linux passes at most ${SCM_MAX_FD}: write bytes between`,
      );
    }
    return this.#fds.length === 0 ? fds : [...this.#fds, ...fds];
  }

  hold(fds: readonly Sendable[]): void {
    this.with(fds);
    const held: OwnedFd[] = [];
    try {
      for (const fd of fds) held.push(duplicate(numberOfSendable(fd)));
    } catch (error) {
      for (const owned of held) owned.close();
      throw error;
    }
    this.#fds.push(...held);
  }

  close(): void {
    for (const owned of this.#fds.splice(0)) owned.close();
  }
}

function duplicate(fd: number): OwnedFd {
  const { libc } = native();
  const copy = libc.fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) throw systemError('fcntl', libc.errno(), `on descriptor ${fd}, which was to be passed`);
  return ownFd(copy, originOf('written to a USocket with no byte', duplicate));
}
