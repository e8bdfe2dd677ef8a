/** Files and folders that a program is made of: one call when something in them changes. */
import { accessSync, constants, existsSync, type FSWatcher, lstatSync, readdirSync, statSync, watch } from 'node:fs';
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
      this.#take(path);
      for (const place of replaceable(path)) this.#watchPlace(place, path);
    } catch (error) {
      const { code = 'EIO', message } = error as NodeJS.ErrnoException;
      throw new AncillaryError(code, `cannot watch ${given}: ${ADVICE[code] ?? message}`);
    }
  }

  #take(path: string): void {
    if (statSync(path).isDirectory()) this.#enter(path);
    // Its folder, for an editor puts another file in the place of the one that was read.
    else this.#watch(path, dirname(path), (name) => name === basename(path));
  }

  /** Watches for another file in that place, which leads to `path`. */
  #watchPlace(place: string, path: string): void {
    try {
      this.#watch(`place of ${place}`, dirname(place), (name) => {
        if (name !== basename(place)) return false;
        this.#takeAnew(path);
        return true;
      });
    } catch {
      // Who may not read that folder sees what is in its place now, and nothing that comes there later.
    }
  }

  /** What was given is another one now, or gone until it is there again. */
  #takeAnew(path: string): void {
    this.#dropWithin(path);
    try {
      this.#take(path);
    } catch {
      // Its place tells when it is there again.
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
      this.#dropWithin(path);
    }
  }

  /** Watches the folder for the sake of `subject`, which is that, or a file in it. */
  #watch(subject: string, folder: string, isMeant: (name: string) => boolean): void {
    const known = this.#watchers.get(subject);
    const watcher = watch(folder, { persistent: false }, (_, name) => {
      if (name === null || !isMeant(name)) return;
      // A folder that is gone tells so under its own name.
      const path = name === basename(folder) && !existsSync(folder) ? folder : join(folder, name);
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#changed(path), QUIET_MS);
    });
    watcher.on('error', () => this.#drop(subject));
    known?.close();
    this.#watchers.set(subject, watcher);
  }

  /** It is gone again, and so is what was in it. */
  #dropWithin(path: string): void {
    for (const each of this.#watchers.keys()) if (each === path || each.startsWith(`${path}/`)) this.#drop(each);
  }

  #drop(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }
}

/** What may become another file under the same name: a path of a folder, and every symbolic link that leads to it. */
function replaceable(path: string): string[] {
  const places = statSync(path).isDirectory() && dirname(path) !== path ? [path] : [];
  for (let place = path; dirname(place) !== place; place = dirname(place)) {
    if (lstatSync(place).isSymbolicLink() && !places.includes(place)) places.push(place);
  }
  return places;
}

const ADVICE: Record<string, string> = {
  ENOENT: 'there is nothing of that name',
  EACCES: 'permission denied; run as a user who may read it',
  ENOSPC: 'the limit of watches is reached; raise fs.inotify.max_user_watches, or watch fewer folders',
  EMFILE: 'the limit of open files or of inotify instances is reached',
};
