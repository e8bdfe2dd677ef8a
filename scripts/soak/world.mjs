import { closeSync, fstatSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * What the scenes share: chance, files to pass whose identity can be looked at, and the counts.
 *
 * @typedef {{ below: (limit: number) => number, pick: <T>(items: readonly T[]) => T }} Dice
 */
export class World {
  /** @param {number} seed */
  constructor(seed) {
    this.dice = dice(seed);
    this.folder = mkdtempSync(join(tmpdir(), 'ancillary-soak-'));
    /** Descriptors to pass, each of a file of its own. */
    this.files = Array.from({ length: 253 }, (_, i) => openSync(join(this.folder, `${i}`), 'w+'));
    this.inodes = this.files.map((fd) => fstatSync(fd).ino);
    this.counts = { messages: 0, bytes: 0, descriptors: 0, mishaps: 0 };
    this.names = 0;
  }

  /** A name for a socket that nobody else has. */
  name() {
    return { abstract: `soak ${process.pid} ${this.names++}` };
  }

  /** Places in `files` of descriptors to pass: mostly few, now and then as many as there can be. */
  places(most = 253) {
    const count = Math.min(most, this.dice.pick([0, 0, 1, 1, 2, 3, this.dice.below(20), this.dice.pick([252, 253])]));
    const from = this.dice.below(253);
    return Array.from({ length: count }, (_, i) => (from + i) % 253);
  }

  /** @param {readonly number[]} places */
  fdsOf(places) {
    return places.map((place) => /** @type {number} */ (this.files[place]));
  }

  /**
   * The descriptors that came are those files, in that order; closes them.
   *
   * @param {readonly import('ancillary').OwnedFd[]} fds @param {readonly number[]} places
   */
  checkFds(fds, places) {
    const came = fds.map((owned) => fstatSync(owned.fd).ino);
    for (const owned of fds) owned.close();
    this.counts.descriptors += fds.length;
    const sent = places.map((place) => this.inodes[place]);
    if (came.join() !== sent.join())
      throw new Error(`${came.length} descriptors came that are not the ${sent.length} sent`);
  }

  /** Bytes that tell where they belong: byte i of stream `key`. @param {number} key @param {number} from @param {number} size */
  content(key, from, size) {
    const bytes = Buffer.allocUnsafe(size);
    for (let i = 0; i < size; i++) bytes[i] = ((from + i) * 31 + key * 7 + ((from + i) >>> 8)) & 255;
    return bytes;
  }

  /** @param {Uint8Array} bytes @param {number} key @param {number} from */
  checkContent(bytes, key, from) {
    this.counts.bytes += bytes.length;
    if (!this.content(key, from, bytes.length).equals(bytes))
      throw new Error(`bytes ${from} and on are not those sent`);
  }

  close() {
    for (const fd of this.files) closeSync(fd);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** mulberry32. @param {number} seed @returns {Dice} */
export function dice(seed) {
  let state = seed | 0;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  const below = (/** @type {number} */ limit) => Math.floor((next() / 2 ** 32) * limit);
  return { below, pick: (items) => /** @type {any} */ (items[below(items.length)]) };
}

/**
 * The error that `fn` fails with must have one of the codes; returns it.
 *
 * @param {() => unknown} fn @param {...string} codes
 */
export async function failure(fn, ...codes) {
  try {
    await fn();
  } catch (error) {
    const { code } = /** @type {{ code?: string }} */ (error);
    if (code !== undefined && codes.includes(code)) return /** @type {import('ancillary').AncillaryError} */ (error);
    throw error;
  }
  throw new Error(`no failure, where ${codes.join(' or ')} was expected`);
}
