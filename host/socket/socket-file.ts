import { closeSync, fstatSync } from 'node:fs';
import type { OwnedFd } from '../fd/owned-fd.js';
import { now } from '../runtime/globals.js';
import { checkPermission, identityOf, inodeOf, openFile, unlinkFile } from './file.js';
import { pause } from './pause.js';
import { Probe, streamStanding } from './probe.js';

/** Files that are removed when this thread ends: those of listeners that are open then. */
const kept = new Set<SocketFile>();
let isHooked = false;

/** How long it is waited for our file to be back, where another process has taken it for a stale one, in milliseconds. */
const PATIENCE = 100;

/** The file that a bound socket has: another one at the same path must stay. */
export class SocketFile {
  readonly #path: string;
  #inode: string | undefined;
  #isSeen = false;
  /** While it is open its file's inode belongs to no other file, even when the name is gone. */
  readonly #socket: WeakRef<OwnedFd>;

  /** To be made before `socket` is bound to `path`, which must be absolute. */
  constructor(path: string, socket: OwnedFd) {
    hookExit();
    checkPermission(path);
    this.#path = path;
    this.#socket = new WeakRef(socket);
  }

  /**
   * From now on, the socket being bound, its file is there, and is removed when the thread ends. Calls `listen`, which
   * has the socket listen: what did not before and does then is ours. Where a stale file has just been replaced, another
   * process about to do the same may have something of its own at the path for a moment, or somebody else for good.
   */
  appear(listen: () => void): void {
    kept.add(this);
    this.#inode = inodeOf(this.#path);
    this.#isSeen = true;
    const seen = openFile(this.#path);
    try {
      const before = standingOf(seen);
      listen();
      const after = standingOf(seen);
      // Where nothing can be told, for want of descriptors or of /proc, what was seen has to do.
      if (before === undefined || after === undefined) return;
      if (before === 'bound' && after === 'listening') this.#inode = identityOf(fstatSync(seen, { bigint: true }));
      else this.#inode = before === 'bound' ? this.#awaitListening() : undefined;
    } finally {
      if (seen >= 0) closeSync(seen);
    }
  }

  /** The inode at the path once it listens: a placeholder was there, which its owner is about to take away. */
  #awaitListening(): string | undefined {
    for (const end = now() + PATIENCE; now() < end; pause()) {
      const inode = inodeOf(this.#path);
      if (streamStanding(this.#path) === 'listening' && inodeOf(this.#path) === inode) return inode;
    }
    return undefined;
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

  /** At the end of the thread. A socket that was collected may be closed: then its inode may be another's by now. */
  static removeAll(): void {
    for (const file of kept) {
      try {
        if (file.#socket.deref() || isDead(file.#path)) file.remove();
      } catch {
        // Nobody is left to be told, and the others must go all the same.
      }
    }
  }
}

function hookExit(): void {
  if (isHooked) return;
  process.on('exit', SocketFile.removeAll);
  isHooked = true;
}

function isDead(path: string): boolean {
  const probe = new Probe();
  try {
    return probe.isDead(path);
  } finally {
    probe[Symbol.dispose]();
  }
}

/** What stands behind the very file that `fd` names, wherever it is now. */
function standingOf(fd: number): 'bound' | 'listening' | 'seqpacket' | undefined {
  return fd < 0 ? undefined : streamStanding(`/proc/self/fd/${fd}`);
}
