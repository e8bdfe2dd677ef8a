import { closeSync, openSync } from 'node:fs';
import { escapeControls } from '../../check/escape.js';
import type { AncillaryError } from '../../errors/error.js';
import { numberOf, type OwnedFd } from '../../fd/owned-fd.js';
import { AT_FDCWD, O_PATH, RENAME_EXCHANGE, RENAME_NOREPLACE, SOCK_STREAM } from '../../libc/constants.js';
import { EACCES, EADDRINUSE, ENOENT, EPERM, systemError } from '../../libc/errno.js';
import { native } from '../../libc/native.js';
import { now } from '../../runtime/globals.js';
import { PATH_MAX_BYTES, withPath } from '../address/address.js';
import { checkPermission, fileError, inodeOf, ownerOf, unlinkFile } from './file.js';
import { makeSocket } from './make-socket.js';
import { pause } from './pause.js';
import { connectableStanding, Probe, type Standing } from './probe.js';

/** How long is waited for other processes that are in the middle of this, in milliseconds. */
const PATIENCE = 1000;

/** `bound`; or somebody else `won`; or what is at the path has changed, so that all begins `again`. */
export type Outcome = 'bound' | 'won' | 'again';

/**
 * Puts a socket in the place of a stale file; `bind` binds it to `path` and returns the errno. No file can be removed on
 * condition that it is a certain one, and any lock could be held by somebody who means ill. So what is there is
 * exchanged, in one step, with a placeholder, a bound socket that never listens, and then looked at:
 *
 * - It is dead. Only one process can get it: that one alone takes its placeholder away again and binds.
 * - It lives: somebody was quicker. It is put back.
 *
 * A look beforehand proves nothing, not even that the same inode came out: bind(2) makes the file first and the socket
 * known a moment later. But it holds the folder's lock meanwhile, which the exchange waits for.
 */
export function replaceStale(path: string, bind: () => number): Outcome {
  const replacement = new Replacement(path);
  try {
    return replacement.run(bind);
  } finally {
    replacement.end();
  }
}

class Replacement {
  readonly #path: string;
  readonly #probe = new Probe();
  readonly #placeholder: OwnedFd;
  /** Descriptor of the folder where its own path is too long for a socket's address. */
  #folder = -1;
  /** A name of our own beside the path. */
  #aside = '';
  /** The placeholder's. */
  #inode: string | undefined;

  constructor(path: string) {
    this.#path = path;
    try {
      this.#placeholder = makeSocket(`made to replace ${path}`, SOCK_STREAM);
    } catch (error) {
      this.#probe[Symbol.dispose]();
      throw error;
    }
  }

  run(bind: () => number): Outcome {
    this.#bindPlaceholder();
    this.#inode = inodeOf(this.#aside);
    if (this.#inode === undefined || !this.#probe.isDead(this.#path)) return 'again';
    const errno = rename(this.#aside, this.#path, RENAME_EXCHANGE);
    if (errno === ENOENT) return 'again';
    if (errno !== 0) throw this.#explain('renameat2', errno);
    if (!this.#probe.isDead(this.#aside)) {
      this.#putBack();
      return 'won';
    }
    unlinkFile(this.#aside);
    return this.#takePlace(bind);
  }

  /** Nothing of ours is left, neither descriptor nor name. Never throws: the socket may be bound by now. */
  end(): void {
    try {
      if (this.#aside !== '' && (this.#inode === undefined || this.#isJunk(this.#aside))) unlinkFile(this.#aside);
    } catch {
      // It may no more be removed than be replaced.
    }
    this.#placeholder[Symbol.dispose]();
    this.#probe[Symbol.dispose]();
    if (this.#folder >= 0) closeSync(this.#folder);
  }

  /** Binds the placeholder to a fresh name beside the path. */
  #bindPlaceholder(): void {
    const slash = this.#path.lastIndexOf('/') + 1;
    let prefix = this.#path.slice(0, slash);
    if (Buffer.byteLength(prefix) + NAME_BYTES > PATH_MAX_BYTES) {
      this.#folder = openFolder(prefix);
      prefix = `/proc/self/fd/${this.#folder}/`;
    }
    for (let tries = 0; ; tries++) {
      const name = prefix + freshName();
      checkPermission(name);
      const errno = bindErrno(this.#placeholder, name);
      if (errno === 0) {
        this.#aside = name;
        return;
      }
      if (errno !== EADDRINUSE || tries === 10) throw this.#explain('bind', errno);
    }
  }

  /** The dead file was ours to remove, so that nobody else gets here. Only others' placeholders may still come and go. */
  #takePlace(bind: () => number): Outcome {
    for (const end = now() + PATIENCE; now() < end; pause()) {
      const standing = this.#probe.look(this.#path);
      if (isTaken(standing, this.#path)) return 'won';
      if (standing !== 'nothing') {
        // Taken away first and looked at then: between a look and an unlink it could become another one.
        if (!this.#isJunk(this.#path) || rename(this.#path, this.#aside, 0) !== 0) continue;
        if (!this.#isJunk(this.#aside)) {
          if (rename(this.#aside, this.#path, RENAME_NOREPLACE) !== 0) unlinkFile(this.#aside);
          continue;
        }
        unlinkFile(this.#aside);
      }
      const errno = bind();
      if (errno === 0) return 'bound';
      if (errno !== EADDRINUSE) throw systemError('bind', errno, `to ${escapeControls(this.#path)}`);
    }
    return 'won';
  }

  /**
   * What came out lives, so it goes back, and the placeholder comes out. Should another process have exchanged what is
   * at the path meanwhile, it will do the same: each waits until its own placeholder is there, and then acts.
   */
  #putBack(): void {
    for (const end = now() + PATIENCE; now() < end; pause()) {
      if (this.#isJunk(this.#path) && rename(this.#aside, this.#path, RENAME_EXCHANGE) !== 0) break;
      // `end` removes it.
      if (this.#isJunk(this.#aside)) return;
    }
    // The placeholder is gone: somebody removed what was at the path, and perhaps put something of his own there.
    if (rename(this.#aside, this.#path, RENAME_NOREPLACE) !== 0) unlinkFile(this.#aside);
  }

  /** Whether nobody needs what is there: our placeholder, or a dead file. */
  #isJunk(path: string): boolean {
    try {
      return this.#probe.isDead(path) || inodeOf(path) === this.#inode;
    } catch {
      // It cannot be looked at: then it is kept.
      return false;
    }
  }

  #explain(syscall: string, errno: number): AncillaryError {
    const path = escapeControls(this.#path);
    let advice = `a stale socket file is there that cannot be replaced on this file system: remove ${path} first`;
    if (errno === EACCES || errno === EPERM) {
      advice = `the stale socket file there${ownerOf(this.#path)} may not be removed by this user: choose another path`;
    }
    return systemError(syscall, errno, `at ${path}`, advice);
  }
}

const NAME_BYTES = 9;

/** Whether somebody else has the place, for good: a bound socket that does not listen may be a placeholder. */
function isTaken(standing: Standing, path: string): boolean {
  if (standing !== 'bound') return standing !== 'nothing' && standing !== 'dead';
  const kind = connectableStanding(path, SOCK_STREAM);
  return kind === 'listening' || kind === 'other';
}

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

/** renameat2(2); returns its errno. */
function rename(from: string, to: string, flags: number): number {
  const { libc, base, codec } = native();
  const names = Buffer.from(`${from}\0${to}\0`);
  const second = Buffer.byteLength(from) + 1;
  return codec.arena.lend(names.length, (at) => {
    codec.bytes.set(names, at);
    const result = libc.renameat2(AT_FDCWD, base + at, AT_FDCWD, base + at + second, flags);
    return result < 0 ? libc.errno() : 0;
  });
}
