import type { ErrorDetails } from '../../errors/error.js';
import { closeAll } from '../../fd/close-all.js';
import { closeFd, OwnedFd, ownFd, takeFd } from '../../fd/owned-fd.js';
import { numberOfSendable, type Sendable } from '../../fd/sendable.js';
import { F_DUPFD_CLOEXEC } from '../../libc/constants.js';
import { EBADF, EMFILE, systemError } from '../../libc/errno.js';
import { native } from '../../libc/native.js';
import { NOT_YET } from '../../reactor/wait.js';
import { reserveStack } from '../../runtime/stack.js';
import { checkPresent, holdBytes, type Outgoing } from '../frame/data.js';
import { attemptSend } from './attempt-send.js';
import { noteHandedOn } from './handed-on.js';

/** How much of a message the kernel has, which has not all of it. */
export interface Cut {
  bytesSent: number;
  size: number;
}

/** Whether nothing that stood in line before waits for that receiver: its address as a key; undefined names none. */
export type IsFree = (to: string | undefined) => boolean;

/** What is to be sent and may have to wait: a message, or several one behind the other. */
export interface Held {
  /** Whether the kernel has all of it. */
  readonly isSent: boolean;
  /** What the send resolves to, once it has. */
  readonly result: number;
  /** Set where what has begun must not be followed by anything else. */
  readonly cut: Cut | undefined;
  /** For the error of one that failed: how far it came. */
  readonly progress: ErrorDetails;
  /** Sends what comes next, to receivers that are free if that is asked; false when there is no room for it. */
  send(fd: number, isFree?: IsFree): boolean;
  /** Makes independent of the caller what is still to be sent. */
  hold(): void;
  /** Closes what was held, if that has not been done. Called more than once. */
  drop(): void;
}

/** The key of a receiver: the bytes of its address. */
export function keyOf({ bytes }: { bytes: Uint8Array }): string {
  return Buffer.from(bytes).toString('latin1');
}

/**
 * A message on its way. Once it has to wait its descriptors are duplicates, so that the caller's may be closed and their
 * numbers reused before its turn comes, and its bytes a copy, or a view that is looked at again.
 */
export class HeldMessage implements Held {
  readonly size: number;
  readonly #isResume: boolean;
  /** How many bytes the kernel has. */
  taken = 0;
  /** Whether it has them all: of an empty record too. */
  isSent = false;
  /** Whether it has the descriptors. */
  #hasBegun = false;
  /** As the caller gave it, to be given away. */
  #given: Outgoing;
  #message: Outgoing;
  #duplicates: OwnedFd[] = [];
  #isHeld = false;
  #to: string | undefined;

  constructor(message: Outgoing) {
    this.size = message.size;
    this.#isResume = message.resume;
    this.#given = message;
    this.#message = message;
  }

  /** Bytes. */
  get result(): number {
    return this.taken;
  }

  get cut(): Cut | undefined {
    const { taken, size } = this;
    return (taken > 0 || this.#isResume) && !this.isSent ? { bytesSent: taken, size } : undefined;
  }

  get progress(): ErrorDetails {
    return this.taken > 0 && !this.isSent ? { bytesSent: this.taken } : {};
  }

  /** Whom it goes to. */
  get to(): string | undefined {
    const { to } = this.#given;
    if (to) this.#to ??= keyOf(to);
    return this.#to;
  }

  /** One sendmsg. */
  send(fd: number): boolean {
    const part = attemptSend(fd, this.rest, this.taken);
    if (part === NOT_YET) return false;
    this.take(part);
    return true;
  }

  /** The message, for what comes after the bytes that were taken; throws when they are gone. */
  get rest(): Outgoing {
    checkPresent(this.#message, this.taken);
    return this.#message;
  }

  /** The kernel has taken `count` bytes more; with the first of them the descriptors. A record is taken whole. */
  take(count: number): void {
    const isFirst = !this.#hasBegun;
    this.#hasBegun = true;
    this.taken += count;
    this.isSent = this.#given.isRecord || this.taken === this.size;
    const { fds, transfer } = this.#given;
    if (!isFirst || fds.length === 0) return;
    this.drop();
    noteHandedOn(fds);
    if (transfer) giveAway(this.#given);
  }

  /** Makes independent of the caller what is still to be sent. */
  hold(): void {
    if (this.#isHeld) return;
    this.#isHeld = true;
    const rest = this.rest;
    // The list as it is now: the caller may use it for something else.
    const given = { ...this.#given, fds: [...this.#given.fds] };
    this.#given = given;
    // Before the descriptors are asked for, some of which may be getters that do anything.
    const data = holdBytes(rest, this.taken);
    if (!this.#hasBegun) {
      this.#duplicates = duplicateAll(given.fds);
      // From now on what was given may be closed: a listener among it without its file.
      noteHandedOn(given.fds);
    }
    this.#message = { ...given, fds: this.#duplicates, ...data };
  }

  /** Closes what was held, if that has not been done. */
  drop(): void {
    if (this.#duplicates.length > 0) closeAll(this.#duplicates);
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
export function duplicateAll(fds: readonly Sendable[]): OwnedFd[] {
  const duplicates: OwnedFd[] = [];
  reserveStack();
  try {
    for (const fd of fds) duplicates.push(duplicate(numberOfSendable(fd)));
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
