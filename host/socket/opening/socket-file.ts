import { chmodSync, closeSync, fstatSync } from 'node:fs';
import { escapeControls } from '../../check/escape.js';
import { beforeLeakCloses } from '../../fd/leaks.js';
import { numberOf, type OwnedFd } from '../../fd/owned-fd.js';
import { now } from '../../runtime/globals.js';
import { checkPermission, fileError, identityOf, inodeOf, openFile, statAt, unlinkFile } from './file.js';
import { PATIENCE, pause } from './pause.js';
import { isMarked } from './placeholder.js';
import { type Connectable, connectableStanding, Probe } from './probe.js';

/** Files that are removed when this thread ends: those of listeners that are open then. */
const kept = new Set<SocketFile>();
let isHooked = false;

/** The file that a bound socket has: another one at the same path must stay. */
export class SocketFile {
  readonly #path: string;
  /** SOCK_STREAM, SOCK_SEQPACKET: of a socket that is about to listen; undefined for one that is bound and done. */
  readonly #type: number | undefined;
  #inode: string | undefined;
  #isSeen = false;
  /** While it is open its file's inode belongs to no other file, even when the name is gone. */
  readonly #socket: WeakRef<OwnedFd>;
  readonly #number: number;

  /** To be made before `socket` is bound to `path`, which must be absolute; `type` if it will listen. */
  constructor(path: string, socket: OwnedFd, type?: number) {
    hookExit();
    checkPermission(path);
    this.#path = path;
    this.#type = type;
    this.#socket = new WeakRef(socket);
    this.#number = numberOf(socket);
  }

  /**
   * From now on, the socket being bound, its file is there, and is removed when the thread ends; it is given the `mode`
   * if that is said. Calls `listen`, which has the socket listen: what did not before and does then is ours. Somebody
   * else may have put something of his own at the path meanwhile, for good.
   */
  appear(mode: number | undefined, listen: () => void): void {
    kept.add(this);
    const seen = this.#awaitFile();
    this.#isSeen = true;
    try {
      const before = this.#standingOf(seen);
      // Wide before anybody can connect; narrow it was from the start. What listens already is another's.
      if (mode !== undefined && before !== 'listening') this.#setMode(seen, mode);
      listen();
      const after = this.#standingOf(seen);
      // Where nothing can be told, for want of descriptors or of /proc, what was seen has to do.
      if (before === undefined || after === undefined) return;
      if (!(before === 'bound' && after === 'listening')) this.#inode = undefined;
    } finally {
      if (seen >= 0) closeSync(seen);
    }
  }

  /**
   * An O_PATH descriptor of what is at the path, -1 where it cannot be had, and takes down its inode. Another process
   * that began to replace a stale file before ours was there has ours aside for a moment, and its placeholder at the
   * path, or nothing. That is waited out before the socket listens: afterwards a file of ours and one that somebody
   * moved there look alike.
   */
  #awaitFile(): number {
    for (const end = now() + PATIENCE; ; pause()) {
      const stat = statAt(this.#path);
      this.#inode = stat?.isSocket() && !isMarked(stat) ? identityOf(stat) : undefined;
      const seen = openFile(this.#path);
      const isPassing =
        stat === undefined ||
        // A placeholder whose process has ended is not taken away any more.
        (isMarked(stat) && mayLive(this.#path)) ||
        (seen >= 0 && identityOf(fstatSync(seen, { bigint: true })) !== identityOf(stat));
      if (!isPassing || now() >= end) return seen;
      if (seen >= 0) closeSync(seen);
    }
  }

  /** The file that was seen, not what is at the path by now: somebody else may have a hand in the folder. */
  #setMode(seen: number, mode: number): void {
    try {
      if (seen >= 0 && chmodThere(`/proc/self/fd/${seen}`, mode)) return;
      chmodSync(this.#path, mode);
    } catch (error) {
      throw fileError('chmod', `of ${escapeControls(this.#path)}`, error);
    }
  }

  /** What stands behind the very file that `fd` names, wherever it is now. */
  #standingOf(fd: number): Connectable | undefined {
    return fd < 0 || this.#type === undefined ? undefined : connectableStanding(`/proc/self/fd/${fd}`, this.#type);
  }

  /** Removes the file if it is still ours; to be called while the socket is open. */
  remove(): void {
    kept.delete(this);
    if (this.#inode !== undefined && inodeOf(this.#path) === this.#inode) unlinkFile(this.#path);
    this.#inode = undefined;
  }

  /** Removes what has just appeared; when it could not even be looked at, it is ours all the same. Never throws. */
  undo(): void {
    if (!kept.has(this)) return;
    try {
      if (this.#isSeen) this.remove();
      else unlinkFile(this.#path);
    } catch {
      // What failed before is what the caller must hear of.
    }
    this.leave();
  }

  /** Leaves the file where it is, for good. */
  leave(): void {
    kept.delete(this);
    this.#inode = undefined;
  }

  /** The file of a socket that was collected, while its number `fd` is still open: later it could be another's. */
  static removeCollected(fd: number): void {
    for (const file of kept) {
      if (file.#number === fd && !file.#socket.deref()) file.#removeQuietly();
    }
  }

  /** At the end of the thread. A socket that was collected may be closed: then its inode may be another's by now. */
  static removeAll(): void {
    for (const file of kept) {
      if (file.#socket.deref() || file.#isDead()) file.#removeQuietly();
    }
  }

  #isDead(): boolean {
    try {
      return isDead(this.#path);
    } catch {
      return false;
    }
  }

  #removeQuietly(): void {
    try {
      this.remove();
    } catch {
      // Nobody is left to be told, and the others must go all the same.
    }
  }
}

/** False where there is no /proc, by which alone an open file can be named. */
function chmodThere(link: string, mode: number): boolean {
  try {
    chmodSync(link, mode);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function hookExit(): void {
  if (isHooked) return;
  process.on('exit', SocketFile.removeAll);
  beforeLeakCloses(SocketFile.removeCollected);
  isHooked = true;
}

/** Whether a socket is bound to the file, or that cannot be told. */
function mayLive(path: string): boolean {
  try {
    return !isDead(path);
  } catch {
    return true;
  }
}

function isDead(path: string): boolean {
  const probe = new Probe();
  try {
    return probe.isDead(path);
  } finally {
    probe[Symbol.dispose]();
  }
}
