import { closeAside, invalidArgument, numberOf, type OwnedFd, ownFd, refuseOwned, takeFd } from '../base.js';

/** A descriptor that came and has not been read. */
interface Entry {
  /** While it is ours and nobody has been told its number. */
  owned: OwnedFd | undefined;
  fd: number;
  /** How many bytes had come with it, and before it. */
  readonly position: number;
}

function numberIn({ owned, fd }: Entry): number {
  return owned && !owned.closed ? numberOf(owned) : fd;
}

/** Descriptors that came with bytes, in their order. What is left in it when the socket is closed is closed, too. */
export class DescriptorQueue {
  readonly #entries: Entry[] = [];

  get length(): number {
    return this.#entries.length;
  }

  /** Adds descriptors that came with the byte before `position`. */
  add(fds: readonly OwnedFd[], position: number): void {
    for (const owned of fds) this.#entries.push({ owned, fd: -1, position });
  }

  /** The same for numbers that somebody has been told already, and closes by himself. */
  addTold(fds: readonly number[], position: number): void {
    for (const fd of fds) this.#entries.push({ owned: undefined, fd, position });
  }

  /** Puts numbers back in front, which are the queue's own again. */
  putBack(fds: readonly number[], position: number): void {
    for (const [i, fd] of fds.entries()) {
      if (fds.indexOf(fd) !== i || this.#entries.some((entry) => numberIn(entry) === fd)) {
        throw invalidArgument(`descriptor ${fd} is put back twice`);
      }
      refuseOwned(fd);
    }
    const entries = fds.map((fd) => ({ owned: ownFd(fd, 'put back with unshift'), fd: -1, position }));
    this.#entries.unshift(...entries);
  }

  /** Takes the first `count` out; their numbers are the caller's to close. */
  take(count: number): number[] {
    for (const entry of this.#entries.slice(0, count)) {
      // One after the other: where a number cannot be given away, those before it stay in line.
      if (entry.owned) entry.fd = entry.owned.release();
      entry.owned = undefined;
    }
    return this.#entries.splice(0, count).map(({ fd }) => fd);
  }

  /** Takes those out that came with the first `position` bytes. */
  takeUpTo(position: number): number[] {
    const beyond = this.#entries.findIndex((entry) => entry.position > position);
    return this.take(beyond < 0 ? this.#entries.length : beyond);
  }

  /** Closes what nobody has been told of: away from the event loop, since a peer sent it. */
  close(): void {
    const owned = this.#entries.splice(0).map((entry) => entry.owned);
    closeAside(owned.flatMap((each) => (each && !each.closed ? [takeFd(each)] : [])));
  }
}
