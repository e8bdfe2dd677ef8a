import { byteLengthOf, isResizable, viewOf } from '../check/bytes.js';
import { AncillaryError } from '../errors/error.js';
import { closeAll } from '../fd/close-all.js';
import { closeFd, OwnedFd, ownFd, takeFd } from '../fd/owned-fd.js';
import { F_DUPFD_CLOEXEC } from '../libc/constants.js';
import { EBADF, EMFILE, systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import { noteHandedOn } from './handed-on.js';
import { numberOf, type Outgoing, type Sendable } from './send.js';
import { reserveStack } from './stack.js';

/** So many bytes a send that has to wait copies; of more it keeps a view, which the caller must leave as it is. */
const COPY_MOST = 65536;

/**
 * A message whose send may have to wait. From then on its descriptors are duplicates, so that the caller's may be
 * closed and their numbers reused before its turn comes, and its bytes a copy, or a view that is looked at again.
 */
export class HeldMessage {
  #given: Outgoing;
  #message: Outgoing;
  #duplicates: OwnedFd[] = [];
  #isHeld = false;

  constructor(message: Outgoing) {
    this.#given = message;
    this.#message = message;
  }

  /** The message, for what comes after its first `taken` bytes; throws when they are gone. */
  at(taken: number): Outgoing {
    const { bytes, start, size } = this.#message;
    if (byteLengthOf(bytes) >= size - start) return this.#message;
    throw new AncillaryError(
      'ERR_DATA_GONE',
      `the data of a send was gone after ${taken} of ${size} bytes: ` +
        'leave a buffer alone, neither transferred nor made smaller, until its send is over',
      { bytesSent: taken },
    );
  }

  /** Makes independent of the caller what is still to be sent after the first `taken` bytes. */
  hold(taken: number): void {
    if (this.#isHeld) return;
    this.#isHeld = true;
    // The list as it is now: the caller may use it for something else.
    const given = { ...this.#given, fds: [...this.#given.fds] };
    this.#given = given;
    const { bytes, size, fds } = given;
    if (taken === 0) this.#duplicates = duplicateAll(fds);
    const rest = { ...given, fds: this.#duplicates };
    const isCopied = size - taken <= COPY_MOST || isResizable(bytes);
    this.#message = isCopied ? { ...rest, bytes: new Uint8Array(viewOf(bytes, taken, size)), start: taken } : rest;
  }

  /** The kernel has the descriptors. */
  leave(): void {
    this.drop();
    noteHandedOn(this.#given.fds);
    if (this.#given.transfer) giveAway(this.#given);
  }

  /** Closes what was held, if that has not been done. */
  drop(): void {
    closeAll(this.#duplicates);
  }
}

/** Closes the descriptors of a message, which the kernel has: they were given away. */
export function giveAway({ fds }: Outgoing): void {
  const numbers = new Set(fds.map((fd) => (OwnedFd.isOwnedFd(fd) ? takeFd(fd) : (fd as number))));
  for (const fd of numbers) {
    if (fd < 0) continue;
    try {
      closeFd(fd);
    } catch {
      // The message has gone; that its sender had closed a descriptor already changes nothing.
    }
  }
}

/** Duplicates of all, or of none. */
function duplicateAll(fds: readonly Sendable[]): OwnedFd[] {
  const duplicates: OwnedFd[] = [];
  reserveStack();
  try {
    for (const fd of fds) duplicates.push(duplicate(numberOf(fd)));
    return duplicates;
  } catch (error) {
    closeAll(duplicates);
    throw error;
  }
}

function duplicate(fd: number): OwnedFd {
  const { libc } = native();
  const copy = libc.fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (copy >= 0) return ownFd(copy, 'held by a send that waits');
  const errno = libc.errno();
  let advice = '';
  if (errno === EBADF) advice = `descriptor ${fd} is not open`;
  else if (errno === EMFILE) {
    advice = 'a send that has to wait keeps duplicates of its descriptors: await sends, or raise ulimit -n';
  }
  throw systemError('sendmsg', errno, '', advice);
}
