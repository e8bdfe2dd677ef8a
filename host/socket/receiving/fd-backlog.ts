import { SCM_MAX_FD } from '../../libc/constants.js';

/** Counts the bytes of a stream, and the descriptors that came with those of them that nobody has read. */
export class FdBacklog {
  #received = 0;
  #unread: { position: number; count: number }[] = [];

  /** So many bytes came, with so many descriptors; returns how many bytes have come in all. */
  add(bytes: number, count: number): number {
    this.#received += bytes;
    if (count > 0) this.#unread.push({ position: this.#received, count });
    return this.#received;
  }

  /** Whether more than 253 came with bytes that are still among the `held` latest. */
  isLong(held: number): boolean {
    const read = this.#received - held;
    const first = this.#unread.findIndex(({ position }) => position > read);
    this.#unread.splice(0, first < 0 ? this.#unread.length : first);
    return this.#unread.reduce((sum, { count }) => sum + count, 0) > SCM_MAX_FD;
  }
}
