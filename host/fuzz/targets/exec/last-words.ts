import { readSync } from 'node:fs';
import { numberOf, type OwnedFd } from '../../../fd/owned-fd.js';
import { pipe } from '../../../fd/pipe.js';
import { F_GETFL, F_SETFL, O_NONBLOCK } from '../../../libc/constants.js';
import { native } from '../../../libc/native.js';

/** Of what a program writes, so much of the end is kept: a report of a sanitizer is shorter. */
const KEPT = 32768;
const PIECE = 65536;
/** fcntl(2). Nobody reads while a connection is waited for: so much finds room all the same. */
const F_SETPIPE_SZ = 1031;
const ROOM = 1 << 20;

/** What programs write to standard error, read without waiting. */
export class LastWords {
  readonly #read: OwnedFd;
  readonly #write: OwnedFd;
  readonly #piece = Buffer.alloc(PIECE);
  #text = '';

  constructor() {
    const { read, write } = pipe();
    this.#read = read;
    this.#write = write;
    const { libc } = native();
    libc.fcntl(numberOf(write), F_SETPIPE_SZ, ROOM);
    // Our end only: the program's has a description of its own.
    libc.fcntl(numberOf(read), F_SETFL, libc.fcntl(numberOf(read), F_GETFL, 0) | O_NONBLOCK);
  }

  /** What a program gets as its standard error. */
  get fd(): number {
    return numberOf(this.#write);
  }

  /** Takes what has come, so that nobody waits for room. */
  drain(): void {
    for (;;) {
      let count: number;
      try {
        count = readSync(numberOf(this.#read), this.#piece);
      } catch {
        return;
      }
      if (count === 0) return;
      this.#text = (this.#text + this.#piece.toString('latin1', 0, count)).slice(-KEPT);
      if (count < PIECE) return;
    }
  }

  /** All that came since it was asked last. */
  take(): string {
    this.drain();
    const text = this.#text;
    this.#text = '';
    return Buffer.from(text, 'latin1').toString('utf8');
  }

  close(): void {
    this.#read.close();
    this.#write.close();
  }
}
