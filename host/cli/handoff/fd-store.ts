/** Descriptors that a program has given to be kept for the next one: FDSTORE=1 of sd_pid_notify_with_fds(3). */
import { closeAll } from '../../fd/close-all.js';
import { numberOf, type OwnedFd } from '../../fd/owned-fd.js';
import { POLLERR, POLLHUP } from '../../libc/constants.js';
import { native } from '../../libc/native.js';
import type { Given } from './launch.js';
import type { Notice } from './notify-socket.js';

interface Stored {
  readonly fd: OwnedFd;
  readonly name: string;
  /** Given up once its other end is closed; not with FDPOLL=0. */
  readonly isPolled: boolean;
}

/** How many are kept, FileDescriptorStoreMax= of systemd. */
const MOST = 512;
/** What is stored without a name, as sd_pid_notify_with_fds(3) has it. */
const UNNAMED = 'stored';
/** As fdname_is_valid of systemd. */
const NAME = /^[\x20-\x39\x3b-\x7e]{0,255}$/;
/** enum kcmp_type of include/uapi/linux/kcmp.h */
const KCMP_FILE = 0;

/** What changed. */
export type StoreChange = { kept: number; name: string } | { removed: number; name: string } | { refused: string };

export class FdStore {
  #stored: Stored[] = [];

  /** Does what a message says of descriptors; those that are not kept are closed. Undefined when it says nothing. */
  take({ values, fds }: Notice): StoreChange | undefined {
    const name = values.get('FDNAME') ?? UNNAMED;
    if (values.get('FDSTOREREMOVE') === '1') {
      closeAll(fds);
      return { removed: this.#remove(({ name: each }) => each === values.get('FDNAME')), name };
    }
    if (values.get('FDSTORE') !== '1' || fds.length === 0) {
      // That of BARRIER=1 too: whoever sent it waits for that.
      closeAll(fds);
      return undefined;
    }
    const isPolled = values.get('FDPOLL') !== '0';
    const fresh = fds.filter((fd) => !this.#stored.some((each) => isSame(each.fd, fd)));
    closeAll(fds.filter((fd) => !fresh.includes(fd)));
    const problem = NAME.test(name)
      ? this.#fullness(fresh.length)
      : 'FDNAME is no name: printable ASCII without a colon';
    if (problem) {
      closeAll(fresh);
      return { refused: problem };
    }
    this.#stored.push(...fresh.map((fd) => ({ fd, name, isPolled })));
    return { kept: fresh.length, name };
  }

  /** What the next program gets; what has no other end any more is let go of first. */
  given(): Given[] {
    this.#remove(({ fd, isPolled }) => isPolled && hasHungUp(fd));
    return this.#stored.map(({ fd, name }) => ({ fd: numberOf(fd), name }));
  }

  close(): void {
    this.#remove(() => true);
  }

  #fullness(count: number): string | undefined {
    return this.#stored.length + count > MOST ? `more than ${MOST} descriptors to keep` : undefined;
  }

  #remove(isMeant: (stored: Stored) => boolean): number {
    const meant = this.#stored.filter(isMeant);
    this.#stored = this.#stored.filter((each) => !meant.includes(each));
    closeAll(meant.map(({ fd }) => fd));
    return meant.length;
  }
}

/** Whether both are one open file; not so where the kernel does not say (kcmp(2) may be left out or forbidden). */
function isSame(a: OwnedFd, b: OwnedFd): boolean {
  return native().libc.kcmp(process.pid, process.pid, KCMP_FILE, numberOf(a), numberOf(b)) === 0;
}

/** As EPOLLHUP and EPOLLERR say. */
function hasHungUp(fd: OwnedFd): boolean {
  const { libc, codec, base, scratch } = native();
  // struct pollfd: fd, events, revents.
  codec.view.setInt32(scratch, numberOf(fd), true);
  codec.view.setInt32(scratch + 4, 0, true);
  if (libc.poll(base + scratch, 1, 0) <= 0) return false;
  return (codec.view.getInt16(scratch + 6, true) & (POLLHUP | POLLERR)) !== 0;
}
