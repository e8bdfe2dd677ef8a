import { fstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { AncillaryError } from '../../../errors/error.js';
import { memfd } from '../../../fd/memfd.js';
import { numberOf, type OwnedFd } from '../../../fd/owned-fd.js';
import { pipe } from '../../../fd/pipe.js';
import type { Buffers } from './buffers.js';
import type { Calls } from './calls.js';
import { CONDITION } from './conditions.js';

/** Files with an inode of their own each, so that two that change places are noticed. */
const TEST_FILES = 12;
/** Numbers that are kept account of; a process of the fuzzer may open 1,024. */
const NUMBERS = 4096;

// What a number stands for.
const CLOSED = 0;
const OPEN = 1;
const RING = 2;
const TEST = 3;

/** st_dev and st_ino of struct stat, the first 16 bytes on every 64-bit machine, as four ints. */
const IDENTITY = 4;

/** Which descriptors this process has open, and which file each is. */
export class Files {
  /** Numbers of the descriptors that are sent. */
  readonly test: Int32Array;
  readonly #owned: OwnedFd[];
  readonly #kinds = new Uint8Array(NUMBERS);
  /** 1 for the test files and the sockets of the pairs. */
  readonly #isOwn = new Uint8Array(NUMBERS);
  readonly #identities = new Int32Array(NUMBERS * IDENTITY);
  readonly #calls: Calls;
  readonly #ints: Int32Array;
  readonly #statAt: number;
  readonly #stat: number;

  constructor(calls: Calls, { codec, base, stat }: Buffers) {
    this.#calls = calls;
    this.#ints = codec.ints;
    this.#statAt = base + stat;
    this.#stat = stat >> 2;
    const { read, write } = pipe();
    const memfds = Array.from({ length: TEST_FILES }, (_, i) => memfd(`ancillary-fuzz-${i}`));
    this.#owned = [...memfds, read, write];
    this.test = Int32Array.from(this.#owned, numberOf);
    this.refresh();
    this.#checkStat();
  }

  /** Whether struct stat is laid out as it is read here. */
  #checkStat(): void {
    const [first = -1] = this.test;
    const { dev, ino } = fstatSync(first, { bigint: true });
    this.#calls.fstat(first, this.#statAt);
    const said = new BigUint64Array(this.#ints.buffer, this.#stat << 2, 2);
    if (said[0] === dev && said[1] === ino) return;
    throw new AncillaryError(
      'ERR_UNSUPPORTED',
      'the kernel cannot be fuzzed here: struct stat of this machine is unknown',
    );
  }

  /** Looks anew at all that is open. */
  refresh(): void {
    this.#kinds.fill(CLOSED);
    // The number of the look itself is closed again by now.
    for (const name of readdirSync('/proc/self/fd')) this.note(Number(name));
    for (const fd of this.test) this.#isOwn[fd] = 1;
  }

  /** Looks anew at one number, which may be one of the target's own. */
  note(fd: number, isOwn = this.#isOwn[fd] === 1): void {
    if (fd >= NUMBERS || this.#calls.fstat(fd, this.#statAt) < 0) return;
    for (let i = 0; i < IDENTITY; i++) this.#identities[fd * IDENTITY + i] = this.#ints[this.#stat + i] as number;
    this.#isOwn[fd] = isOwn ? 1 : 0;
    this.#kinds[fd] = this.test.includes(fd) ? TEST : !isOwn && isRing(fd) ? RING : OPEN;
  }

  /** It is closed. */
  forget(fd: number): void {
    if (fd >= NUMBERS) return;
    this.#kinds[fd] = CLOSED;
    this.#isOwn[fd] = 0;
  }

  isOpen(fd: number): boolean {
    return fd >= 0 && fd < NUMBERS && this.#kinds[fd] !== CLOSED;
  }

  isTest(fd: number): boolean {
    return fd >= 0 && fd < NUMBERS && this.#kinds[fd] === TEST;
  }

  /** What the kernel says of a number that it is to send, as a condition; 0 for nothing. */
  conditionOf(fd: number): number {
    if (fd < 0 || fd >= NUMBERS) return CONDITION.closed;
    const kind = this.#kinds[fd];
    return kind === CLOSED ? CONDITION.closed : kind === RING ? CONDITION.ring : 0;
  }

  /** Whether `received` is open and the same file as `sent`, a number of ours. */
  isSame(received: number, sent: number): boolean {
    if (this.#calls.fstat(received, this.#statAt) < 0) return false;
    const ints = this.#ints;
    const identities = this.#identities;
    const at = this.#stat;
    const of = sent * IDENTITY;
    return (
      ints[at] === identities[of] &&
      ints[at + 1] === identities[of + 1] &&
      ints[at + 2] === identities[of + 2] &&
      ints[at + 3] === identities[of + 3]
    );
  }

  /** Whether `fd` is one of the target's own files and sockets under another number. */
  isCopy(fd: number): boolean {
    for (let of = 0; of < NUMBERS; of++) if (this.#isOwn[of] === 1 && of !== fd && this.isSame(fd, of)) return true;
    return false;
  }

  /** Whether the number still stands for what it stood for; the kernel gives no such number. */
  isTaken(fd: number): boolean {
    return this.isOpen(fd) && this.isSame(fd, fd);
  }

  close(): void {
    for (const owned of this.#owned) owned.close();
  }
}

/** The most control bytes that a socket of this network namespace takes; what the kernel has by default where it hides it. */
export function optionMemory(): number {
  try {
    return Number(readFileSync('/proc/sys/net/core/optmem_max', 'latin1')) || 0;
  } catch {
    return 0;
  }
}

function isRing(fd: number): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`) === 'anon_inode:[io_uring]';
  } catch {
    return false;
  }
}
