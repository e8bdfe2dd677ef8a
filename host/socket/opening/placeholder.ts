import { type BigIntStats, closeSync, openSync } from 'node:fs';
import { escapeControls } from '../../check/escape.js';
import type { AncillaryError } from '../../errors/error.js';
import { numberOf, type OwnedFd } from '../../fd/owned-fd.js';
import { O_PATH, SOCK_STREAM } from '../../libc/constants.js';
import { EACCES, EADDRINUSE, EPERM, systemError } from '../../libc/errno.js';
import { native } from '../../libc/native.js';
import { PATH_MAX_BYTES, withPath } from '../address/address.js';
import { checkPermission, fileError, inodeOf, ownerOf, unlinkFile } from './file.js';
import { makeSocket } from './make-socket.js';
import { narrowMode } from './mode.js';

/**
 * What its file has beside all permissions: the sticky bit, which means nothing at a socket and which no listener of
 * ours has. Whoever finds the file at a path knows by it that something else belongs there.
 */
const MARK = 0o1000n;

/** Whether a file is marked as a placeholder; its socket may be gone. */
export const isMarked = ({ mode }: BigIntStats): boolean => (mode & MARK) !== 0n;

/**
 * A bound socket that never listens, beside a path: it is exchanged with what is there. A stream socket, so that whoever
 * connects meanwhile is refused as by the stale file before.
 */
export class Placeholder {
  /** Its own name when it is made; later whatever came out of the path. */
  aside = '';
  /** The file's. */
  inode: string | undefined;
  readonly #path: string;
  readonly #socket: OwnedFd;
  /** Descriptor of the folder where its own path is too long for a socket's address. */
  #folder = -1;

  constructor(path: string) {
    this.#path = path;
    this.#socket = makeSocket(`made to replace ${path}`, SOCK_STREAM);
  }

  /** Binds it to a fresh name beside the path. */
  bind(): void {
    narrowMode(this.#socket, 0o777 | Number(MARK));
    const slash = this.#path.lastIndexOf('/') + 1;
    let prefix = this.#path.slice(0, slash);
    if (Buffer.byteLength(prefix) + NAME_BYTES > PATH_MAX_BYTES) {
      this.#folder = openFolder(prefix);
      prefix = `/proc/self/fd/${this.#folder}/`;
    }
    for (let tries = 0; ; tries++) {
      const name = prefix + freshName();
      checkPermission(name);
      const errno = bindErrno(this.#socket, name);
      if (errno === 0) {
        this.aside = name;
        break;
      }
      if (errno !== EADDRINUSE || tries === 10) throw explainReplacing('bind', errno, this.#path);
    }
    this.inode = inodeOf(this.aside);
  }

  /** Nothing is left of it but what `isKept` beside the path. Never throws: the socket at the path may be bound by now. */
  end(isKept: (path: string) => boolean): void {
    try {
      if (this.aside !== '' && (this.inode === undefined || !isKept(this.aside))) unlinkFile(this.aside);
    } catch {
      // It may no more be removed than be replaced.
    }
    this.#socket[Symbol.dispose]();
    if (this.#folder >= 0) closeSync(this.#folder);
  }
}

/** Why the stale file at `path` stays. */
export function explainReplacing(syscall: string, errno: number, path: string): AncillaryError {
  const where = escapeControls(path);
  let advice = `a stale socket file is there that cannot be replaced on this file system: remove ${where} first`;
  if (errno === EACCES || errno === EPERM) {
    advice = `the stale socket file there${ownerOf(path)} may not be removed by this user: choose another path`;
  }
  return systemError(syscall, errno, `at ${where}`, advice);
}

const NAME_BYTES = 9;

function openFolder(path: string): number {
  try {
    return openSync(path, O_PATH);
  } catch (error) {
    throw fileError('open', `of ${escapeControls(path)}`, error);
  }
}

const { random } = Math;

/** A file name that nobody else thinks of, as short as that can be. */
function freshName(): string {
  // Not for secrecy: a name that is taken is told by bind. node:crypto would take milliseconds of every start.
  return `.${Math.floor(random() * 2 ** 40).toString(36)}`;
}

function bindErrno(socket: OwnedFd, path: string): number {
  const { libc } = native();
  return withPath(path, (address, size) => (libc.bind(numberOf(socket), address, size) < 0 ? libc.errno() : 0));
}
