import { readdirSync } from 'node:fs';
import type { Calls } from './calls.js';
import type { Files } from './files.js';

/** Watches whether a descriptor stays open that should be closed. */
export class Leaks {
  readonly #calls: Calls;
  readonly #files: Files;
  /** What is open when all is well. */
  #open = new Set<number>();

  constructor(calls: Calls, files: Files) {
    this.#calls = calls;
    this.#files = files;
    this.settle();
  }

  /** From now on what is open is what should be. */
  settle(): void {
    // Without the number of the look itself, which is closed again and free for a leak.
    this.#open = new Set(listOpen().filter((fd) => this.#calls.getFlags(fd) >= 0));
  }

  /**
   * How many copies of the target's own files and sockets are open under other numbers than theirs; they are closed.
   * Whatever else is open is left alone: Node opens some of its own at any time.
   */
  count(): number {
    const copies = listOpen().filter((fd) => !this.#open.has(fd) && this.#files.isCopy(fd));
    for (const fd of copies) this.#calls.close(fd);
    return copies.length;
  }
}

function listOpen(): number[] {
  return readdirSync('/proc/self/fd').map(Number);
}
