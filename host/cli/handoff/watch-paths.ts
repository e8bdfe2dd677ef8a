/** Files and folders that a program is made of: one call when something in them changes. */
import { accessSync, constants, type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { AncillaryError } from '../../errors/error.js';

/** How long it must be quiet before a change counts: an editor or a build changes several files, in several steps. */
const QUIET_MS = 100;
/** Not looked into: what is installed, and what begins with a dot. */
const LEFT_OUT = /^(\.|node_modules$)/;

export class PathWatch {
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #changed: (path: string) => void;
  #timer: NodeJS.Timeout | undefined;

  /** Throws, watching nothing, when one of them cannot be watched. */
  constructor(paths: readonly string[], changed: (path: string) => void) {
    this.#changed = changed;
    try {
      for (const path of paths) this.#begin(resolve(path), path);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #begin(path: string, given: string): void {
    try {
      accessSync(path, constants.R_OK);
      if (statSync(path).isDirectory()) this.#enter(path);
      // Its folder, for an editor puts another file in the place of the one that was read.
      else this.#watch(path, dirname(path), (name) => name === basename(path));
    } catch (error) {
      const { code = 'EIO', message } = error as NodeJS.ErrnoException;
      throw new AncillaryError(code, `cannot watch ${given}: ${ADVICE[code] ?? message}`);
    }
  }

  /** Watches a folder and all in it. */
  #enter(folder: string): void {
    this.#watch(folder, folder, (name) => {
      if (LEFT_OUT.test(name)) return false;
      this.#enterIfNew(join(folder, name));
      return true;
    });
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory() && !LEFT_OUT.test(entry.name)) this.#enter(join(folder, entry.name));
    }
  }

  #enterIfNew(path: string): void {
    try {
      // A folder that was made anew under its old name is another one.
      if (statSync(path).isDirectory()) this.#enter(path);
    } catch {
      // It is gone again, and so is what was in it.
      for (const each of this.#watchers.keys()) if (each === path || each.startsWith(`${path}/`)) this.#drop(each);
    }
  }

  /** Watches the folder for the sake of `subject`, which is that, or a file in it. */
  #watch(subject: string, folder: string, isMeant: (name: string) => boolean): void {
    const known = this.#watchers.get(subject);
    const watcher = watch(folder, { persistent: false }, (_, name) => {
      if (name === null || !isMeant(name)) return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#changed(join(folder, name)), QUIET_MS);
    });
    watcher.on('error', () => this.#drop(subject));
    known?.close();
    this.#watchers.set(subject, watcher);
  }

  #drop(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }
}

const ADVICE: Record<string, string> = {
  ENOENT: 'there is nothing of that name',
  EACCES: 'permission denied; run as a user who may read it',
  ENOSPC: 'the limit of watches is reached; raise fs.inotify.max_user_watches, or watch fewer folders',
  EMFILE: 'the limit of open files or of inotify instances is reached',
};
