/** A folder of inputs, one file each, named after what is in it: several runs may share one. */
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { checkWritable, folderError } from './folder.js';
import { removeUnfinished, writeWhole } from './whole-file.js';

const WHAT = 'the corpus';

/** The most bytes of an input (the engine's room); of a longer file only so many are used. */
export const LONGEST_INPUT = 4096;

/** The name of an input's file: 16 hexadecimal digits of its SHA-256. */
export function nameOfInput(input: Uint8Array): string {
  return createHash('sha256').update(input).digest('hex').slice(0, 16);
}

/** What was read of a folder. */
export interface CorpusReading {
  /** The shortest first. */
  inputs: Uint8Array[];
  /** Files that were longer than an input may be, and were cut. */
  cut: number;
  /** Files that could not be read. */
  unread: number;
}

export class CorpusFolder {
  readonly folder: string;
  /** Names of files that have been read, or whose content is known. */
  readonly #known = new Set<string>();

  /** Throws one line for a folder that cannot be read or written; one that is missing in a folder that is there is made. */
  constructor(folder: string) {
    checkWritable(folder, WHAT);
    removeUnfinished(folder);
    this.folder = folder;
  }

  /** Reads the files that have not been read yet. Hidden ones and folders are nobody's inputs. */
  readNew(): CorpusReading {
    const names = readFolder(this.folder).filter((name) => !this.#known.has(name));
    for (const name of names) this.#known.add(name);
    return readInputs(names.map((name) => join(this.folder, name)));
  }

  /** Saves an input, unless it is there. Throws what node:fs throws. */
  add(input: Uint8Array): void {
    const name = nameOfInput(input);
    if (this.#known.has(name)) return;
    // It has cost moments to find: a power failure may take it.
    writeWhole(this.folder, name, input, { sync: false });
    this.#known.add(name);
  }
}

/** The names of the files in a folder of inputs, in order; throws one line where it cannot be read. */
export function readFolder(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.name.startsWith('.') && !entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    throw folderError(WHAT, folder, error);
  }
}

/** Reads inputs from files, as far as they can be read. */
export function readInputs(files: readonly string[]): CorpusReading {
  const reading: CorpusReading = { inputs: [], cut: 0, unread: 0 };
  const buffer = Buffer.alloc(LONGEST_INPUT + 1);
  for (const file of files) {
    const size = readStart(file, buffer);
    if (size === undefined) {
      reading.unread += 1;
      continue;
    }
    if (size > LONGEST_INPUT) reading.cut += 1;
    reading.inputs.push(new Uint8Array(buffer.subarray(0, Math.min(size, LONGEST_INPUT))));
  }
  reading.inputs.sort((a, b) => a.length - b.length || Buffer.compare(a, b));
  return reading;
}

/** Reads as much as fits into `buffer`; undefined for what is no file, or cannot be read. */
function readStart(file: string, buffer: Buffer): number | undefined {
  try {
    // A FIFO would keep the process until somebody writes to it.
    const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    try {
      if (!fstatSync(fd).isFile()) return undefined;
      let size = 0;
      for (let got = -1; got !== 0 && size < buffer.length; size += got)
        got = readSync(fd, buffer, size, buffer.length - size, null);
      return size;
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}
