import { type AncillaryError, invalidArgument } from '../errors/error.js';
import { OwnedFd } from '../fd/owned-fd.js';
import { SCM_MAX_FD } from '../libc/constants.js';
import { EAGAIN, EBADF, EPERM, ETOOMANYREFS, systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import { NOT_YET, type WaitOptions } from '../reactor/wait.js';
import { type Credentials, sendMessage } from './frame.js';

/** Anything that has a descriptor: an OwnedFd, a number, a FileHandle of node:fs/promises. */
export type Sendable = OwnedFd | number | { readonly fd: number };

export interface SendOptions extends WaitOptions {
  /** Descriptors to pass, 253 at most. They stay open here: the receiver gets duplicates. */
  fds?: readonly Sendable[];
  /** Credentials to state: `true` for this process's own; others need capabilities. */
  credentials?: true | Credentials;
}

const NO_FDS: readonly Sendable[] = [];
const NO_NUMBERS: readonly number[] = [];

/** A message on its way out: which part of it the kernel has taken. */
export class Outgoing {
  /** Bytes that the kernel has taken. */
  taken = 0;
  readonly #fd: number;
  readonly #data: Uint8Array;
  readonly #fds: readonly Sendable[];
  readonly #credentials: Credentials | undefined;

  /** Refuses what Linux would lose in silence. */
  constructor(fd: number, data: Uint8Array | string, { fds = NO_FDS, credentials }: SendOptions) {
    this.#fd = fd;
    this.#data = typeof data === 'string' ? Buffer.from(data) : data;
    this.#fds = fds;
    this.#credentials = credentials === true ? ownCredentials() : credentials;
    if (!(this.#data instanceof Uint8Array)) throw invalidArgument('data must be a string or a Uint8Array');
    if (fds.length > SCM_MAX_FD) {
      throw invalidArgument(
        `${fds.length} descriptors; Linux passes at most ${SCM_MAX_FD} in one message: use several messages`,
      );
    }
    if (this.#data.length === 0) {
      throw invalidArgument(
        fds.length > 0
          ? 'descriptors with no data: on a stream Linux would drop them unseen; send at least one byte with them'
          : 'no data: a stream carries no empty message; send at least one byte',
      );
    }
  }

  /** One sendmsg. Returns whether all has been taken, or NOT_YET when the socket has no room. */
  attempt(): boolean | typeof NOT_YET {
    // Descriptors travel with the first byte only; credentials with every part.
    const fds = this.taken === 0 && this.#fds.length > 0 ? numbersOf(this.#fds) : NO_NUMBERS;
    const result = sendMessage(this.#fd, this.#data, this.taken, fds, this.#credentials);
    if (result === -EAGAIN) return NOT_YET;
    if (result < 0) throw this.#explain(-result, fds);
    this.taken += result;
    return this.taken === this.#data.length;
  }

  /** Sends until all has been taken. */
  attemptAll(): number | typeof NOT_YET {
    while (true) {
      const done = this.attempt();
      if (done === NOT_YET) return NOT_YET;
      if (done) return this.taken;
    }
  }

  #explain(errno: number, fds: readonly number[]): AncillaryError {
    const details = this.taken > 0 ? { bytesSent: this.taken } : {};
    const after = this.taken > 0 ? `after ${this.taken} of ${this.#data.length} bytes` : '';
    const closed = errno === EBADF ? fds.find((fd) => !isOpen(fd)) : undefined;
    let advice = '';
    if (closed !== undefined) advice = `descriptor ${closed} is not open`;
    else if (errno === ETOOMANYREFS) {
      advice = 'too many descriptors of this user are in flight (RLIMIT_NOFILE): let receivers catch up';
    } else if (errno === EPERM) {
      advice = this.#credentials
        ? 'these credentials are not this process’s own: that needs capabilities'
        : 'the receiver refuses descriptors (SO_PASSRIGHTS)';
    }
    return systemError('sendmsg', errno, after, advice, details);
  }
}

/** The numbers, asked for at the last moment: a descriptor closed meanwhile throws instead of naming a stranger. */
function numbersOf(fds: readonly Sendable[]): number[] {
  const numbers: number[] = [];
  for (let i = 0; i < fds.length; i++) {
    const each = fds[i] as Sendable;
    const fd = typeof each === 'number' ? each : each instanceof OwnedFd ? each.number : each.fd;
    if (!Number.isInteger(fd) || fd < 0 || fd >= 2 ** 31) throw invalidArgument(`fds[${i}] is not an open descriptor`);
    numbers.push(fd);
  }
  return numbers;
}

function isOpen(fd: number): boolean {
  const F_GETFD = 1;
  return native().libc.fcntl(fd, F_GETFD, 0) >= 0;
}

function ownCredentials(): Credentials {
  return { pid: process.pid, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
}
