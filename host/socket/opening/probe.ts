import { lstatSync } from 'node:fs';
import { numberOf, type OwnedFd } from '../../fd/owned-fd.js';
import { SOCK_DGRAM, SOCK_NONBLOCK, SOCK_STREAM } from '../../libc/constants.js';
import { EACCES, EAGAIN, ECONNREFUSED, EISCONN, ENOENT, EPERM, EPROTOTYPE } from '../../libc/errno.js';
import { native } from '../../libc/native.js';
import { withPath } from '../address/address.js';
import { makePair } from './make-pair.js';
import { makeSocket } from './make-socket.js';

/**
 * What there is at a path. A file is `dead` when no socket is bound to it any more: nothing can bring it to life again.
 * `secret` is one that this process may not connect to, so that it cannot know.
 */
export type Standing =
  | 'nothing'
  | 'no socket'
  | 'dead'
  | 'bound'
  | 'listening'
  | 'seqpacket'
  | 'datagram'
  | 'secret'
  | 'odd';

/**
 * Tells what is bound to a socket file, and disturbs nobody: a stream socket that connects would be accepted by whoever
 * listens there, as a caller who says nothing. It is asked with sockets that cannot be connected:
 *
 * - a datagram socket cannot connect to a stream or seqpacket socket (EPROTOTYPE), but learns whether one is there;
 * - a stream socket that is connected already is told so only by one that listens and is of its type (EISCONN).
 *
 * Both are made beforehand, so that asking never fails for want of descriptors.
 */
export class Probe {
  readonly #datagram = makeSocket('made to probe socket files', SOCK_DGRAM);

  [Symbol.dispose](): void {
    this.#datagram[Symbol.dispose]();
  }

  /** Whether a socket file is there to which no socket is bound. */
  isDead(path: string): boolean {
    return this.look(path) === 'dead';
  }

  /** What is there, but for what only a stream socket can tell: `bound` may be any of `bound`, `listening`, `seqpacket`. */
  look(path: string): Standing {
    const file = fileAt(path);
    if (file !== 'socket') return file;
    const errno = connectErrno(numberOf(this.#datagram), path);
    // EPERM: it is connected to another, and takes nothing of anybody else.
    if (errno === 0 || errno === EPERM) return 'datagram';
    if (errno === ECONNREFUSED) return 'dead';
    if (errno === EPROTOTYPE) return 'bound';
    if (errno === ENOENT) return 'nothing';
    return errno === EACCES ? 'secret' : 'odd';
  }
}

/** What stands at the path, in full. */
export function standingAt(path: string): Standing {
  const probe = new Probe();
  try {
    const standing = probe.look(path);
    if (standing !== 'bound') return standing;
    const asked = connectableStanding(path, SOCK_STREAM);
    return asked === 'other' ? 'seqpacket' : (asked ?? 'bound');
  } finally {
    probe[Symbol.dispose]();
  }
}

/** What a socket that is no datagram socket may be, asked by one of a type: `other` is of another one. */
export type Connectable = 'bound' | 'listening' | 'other';

/** Of a living socket: whether it is of that type, and listens. Undefined where that cannot be told now. */
export function connectableStanding(path: string, type: number): Connectable | undefined {
  let pair: [OwnedFd, OwnedFd];
  try {
    pair = makePair('made to probe a path', type, SOCK_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    const errno = connectErrno(numberOf(pair[0]), path);
    // EAGAIN: its backlog is full.
    if (errno === EISCONN || errno === EAGAIN) return 'listening';
    if (errno === EPROTOTYPE) return 'other';
    return errno === ECONNREFUSED ? 'bound' : undefined;
  } finally {
    for (const end of pair) end.close();
  }
}

/** The errno of connect(2); 0 when it went well. */
function connectErrno(fd: number, path: string): number {
  const { libc } = native();
  return withPath(path, (address, size) => (libc.connect(fd, address, size) < 0 ? libc.errno() : 0));
}

/** connect(2) follows links and says ECONNREFUSED of any other file too: the file itself must be looked at first. */
function fileAt(path: string): 'nothing' | 'no socket' | 'socket' | 'odd' {
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (!stat) return 'nothing';
    return stat.isSocket() ? 'socket' : 'no socket';
  } catch {
    return 'odd';
  }
}
