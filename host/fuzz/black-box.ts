/**
 * What outlives a job that crashes or hangs: memory that it shares with the command, where each input stands before it
 * is tried. The command reads it through the descriptor; what is read while the job writes is used for its counts only.
 */
import { readSync } from 'node:fs';
import { memfd } from '../fd/memfd.js';
import type { OwnedFd } from '../fd/owned-fd.js';

// Where what is, in bytes; all numbers are u32 of this machine.
/** How many inputs were begun; wraps. */
export const SEQUENCE = 0;
export const SIZE = 4;
export const STATE = 8;
export const INPUT = 16;
/** Inputs of other programs, for `replay`, may be longer than those of the engine. */
export const BOX_ROOM = 1 << 20;
export const BOX_SIZE = INPUT + BOX_ROOM;

/** What a job is doing. */
export const BoxState = { opening: 0, waiting: 1, running: 2 } as const;

/** The descriptor by which a job has it. */
export const BOX_FD = 3;

export interface BoxHeader {
  readonly sequence: number;
  readonly size: number;
  readonly state: number;
}

/** The command's side. */
export class BlackBox {
  readonly #memory: OwnedFd;
  readonly #header = new Uint32Array(INPUT / 4);

  constructor() {
    this.#memory = memfd('ancillary-fuzz', BOX_SIZE);
  }

  get fd(): number {
    return this.#memory.fd;
  }

  read(): BoxHeader {
    readSync(this.#memory.fd, this.#header, 0, INPUT, 0);
    const [sequence = 0, size = 0, state = 0] = this.#header;
    return { sequence, size, state };
  }

  /** The input that was tried last, once the job is no more. */
  readInput(): Uint8Array {
    const input = new Uint8Array(Math.min(this.read().size, BOX_ROOM));
    readSync(this.#memory.fd, input, 0, input.length, INPUT);
    return input;
  }

  close(): void {
    this.#memory.close();
  }
}
