import { constants } from 'node:fs';
import type { ReadStream, WriteStream } from 'node:tty';
import { checkOptions, optionNames } from '../check/options.js';
import { show } from '../check/show.js';
import { checkBoolean } from '../check/values.js';
import { invalidArgument } from '../errors/error.js';
import { duplicateNumber } from '../fd/owned-fd.js';
import { TIOCGPTN } from '../libc/constants.js';
import { native } from '../libc/native.js';
import { builtin } from '../runtime/builtin.js';
import { checkNonblocking, reopen } from './description.js';
import { type FdHolder, numberOfHolder } from './fd-holder.js';
import { handOver } from './hand-over.js';
import type { Look } from './look.js';
import { lookFor, refusal } from './takers.js';

/** How `toTty` takes a descriptor. */
export interface ToTtyOptions {
  /**
   * `read` for a tty.ReadStream (what is open for both it can write too, without waiting for it), `write` for a
   * tty.WriteStream. Unless given: what the descriptor is open for, `read` for one that is open for both.
   */
  as?: 'read' | 'write' | undefined;
  /**
   * Node may change O_NONBLOCK of a terminal that cannot be opened anew, which every other process that holds it sees
   * too.
   */
  nonblocking?: boolean | undefined;
}

const OPTIONS = optionNames<ToTtyOptions>({ as: true, nonblocking: true });

/** Makes a tty.WriteStream of a terminal: see the last form. */
export function toTty(owned: FdHolder, options: ToTtyOptions & { as: 'write' }): WriteStream;
/** Makes a tty.ReadStream of a terminal: see the last form. */
export function toTty(owned: FdHolder, options: ToTtyOptions & { as: 'read' }): ReadStream;
/**
 * Makes a tty.ReadStream or tty.WriteStream of a terminal, which is the stream's from then on: `owned` has been
 * released. The terminal is opened anew, so that its O_NONBLOCK is nobody else's. Of the master's side of a
 * pseudo-terminal, which cannot be opened anew and stays as it is, there are ReadStreams only; they write too, and
 * writing waits while the other side's input is full.
 *
 * Throws `ERR_UNSUPPORTED`, and `owned` is open and the caller's as before, for anything else, and for a terminal that
 * cannot be opened anew unless `nonblocking` allows to change its O_NONBLOCK.
 */
export function toTty(owned: FdHolder, options?: ToTtyOptions): ReadStream | WriteStream;
export function toTty(owned: FdHolder, options?: ToTtyOptions): ReadStream | WriteStream {
  const fd = numberOfHolder(owned, 'toTty');
  const { as, nonblocking } = checkOptions(options, OPTIONS, 'toTty');
  if (as !== undefined && as !== 'read' && as !== 'write') {
    throw invalidArgument(`as must be 'read' or 'write', not ${show(as)}`);
  }
  const isAllowed = checkBoolean(nonblocking, 'nonblocking');
  const look = lookFor('toTty', fd);
  const direction = directionOf(look, as);
  if (isMaster(fd)) {
    if (direction === 'write' || look.access !== constants.O_RDWR) {
      throw refusal('of the master of a pseudo-terminal there are ReadStreams only, open for both: those write too');
    }
    return handOver(owned, fd, (number) => makeStream(number, 'read'));
  }
  const copy = () => {
    const own = reopen(fd, look.access ?? constants.O_RDWR);
    if (own !== undefined) return own;
    checkNonblocking({ ...look, isNonblocking: look.isNonblocking && direction === 'read' }, isAllowed);
    return duplicateNumber(fd);
  };
  return handOver(owned, fd, (number) => makeStream(number, direction), copy);
}

function directionOf({ access, name }: Look, as: 'read' | 'write' | undefined): 'read' | 'write' {
  const { O_RDONLY, O_WRONLY } = constants;
  if (access === undefined) throw refusal(`${name} can neither be read nor written`);
  const direction = as ?? (access === O_WRONLY ? 'write' : 'read');
  if (direction === 'read' && access === O_WRONLY) throw refusal(`${name} cannot be read`);
  if (direction === 'write' && access === O_RDONLY) throw refusal(`${name} cannot be written`);
  return direction;
}

/** Whether it is the side of the terminal itself: only that has a number (TIOCGPTN). */
function isMaster(fd: number): boolean {
  const { libc, base, scratch } = native();
  return libc.ioctl(fd, TIOCGPTN, base + scratch) === 0;
}

/** libuv opens a terminal once more, where it can, and leaves the number that it was given to the caller. */
function makeStream(fd: number, direction: 'read' | 'write'): ReadStream | WriteStream {
  const { ReadStream, WriteStream } = builtin('tty');
  const stream = direction === 'write' ? new WriteStream(fd) : new ReadStream(fd);
  const { _handle: handle } = stream as unknown as { _handle: { fd: number } };
  if (handle.fd >= 0 && handle.fd !== fd) native().libc.close(fd);
  return stream;
}
