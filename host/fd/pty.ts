import { constants } from 'node:fs';
import { checkOptions, optionNames } from '../check/options.js';
import { checkInteger } from '../check/values.js';
import { O_CLOEXEC, TIOCGPTN, TIOCGPTPEER, TIOCSPTLCK, TIOCSWINSZ } from '../libc/constants.js';
import { EACCES, ENOENT, ENOTTY } from '../libc/errno.js';
import { native } from '../libc/native.js';
import { reserveStack } from '../runtime/stack.js';
import { withCString } from './c-string.js';
import { callError, ownResult } from './give.js';
import { type Origin, originOf } from './origin.js';
import { numberOf, type OwnedFd } from './owned-fd.js';

/** The size of the terminal that `openPty` makes. */
export interface PtyOptions {
  /** Lines of text, 24 unless given. */
  rows?: number | undefined;
  /** Characters in a line, 80 unless given. */
  columns?: number | undefined;
}

/** A pseudo-terminal. */
export interface Pty {
  /** The side of the terminal itself: reads what programs print, writes what somebody types. */
  readonly master: OwnedFd;
  /** The side of the programs. */
  readonly slave: OwnedFd;
  /** Where the programs' side is: `/dev/pts/3`. */
  readonly path: string;
}

const OPTIONS = optionNames<PtyOptions>({ rows: true, columns: true });
/** Both are an `unsigned short` of struct winsize. */
const CELLS_MAX = 65535;
const FLAGS = constants.O_RDWR | constants.O_NOCTTY | O_CLOEXEC;

const ADVICE = {
  [ENOENT]: 'there are no pseudo-terminals here: mount devpts',
  [EACCES]: 'this user may not make pseudo-terminals',
  [ENOTTY]: 'it needs Linux 4.13',
};

/**
 * Makes a pseudo-terminal (pty(7)); both sides are close-on-exec, and neither becomes the controlling terminal of this
 * process. `toTty` makes streams of them.
 */
export function openPty(options?: PtyOptions): Pty {
  const { rows = 24, columns = 80 } = checkOptions(options, OPTIONS, 'openPty');
  checkInteger(rows, 'rows', 1, CELLS_MAX);
  checkInteger(columns, 'columns', 1, CELLS_MAX);
  const { libc } = native();
  const origin = originOf('made by openPty', openPty);
  reserveStack();
  const master = withCString('/dev/ptmx', (path) =>
    ownResult(libc.open(path, FLAGS, 0), 'open', origin, '/dev/ptmx', ADVICE),
  );
  try {
    return openSlave(master, rows, columns, origin);
  } catch (error) {
    master[Symbol.dispose]();
    throw error;
  }
}

function openSlave(master: OwnedFd, rows: number, columns: number, origin: Origin): Pty {
  const { libc, codec, base, scratch } = native();
  const { view } = codec;
  const ask = (request: number, name: string) => {
    if (libc.ioctl(numberOf(master), request, base + scratch) < 0) throw callError(`ioctl ${name}`);
  };
  view.setInt32(scratch, 0, true);
  ask(TIOCSPTLCK, 'TIOCSPTLCK');
  ask(TIOCGPTN, 'TIOCGPTN');
  const path = `/dev/pts/${view.getUint32(scratch, true)}`;
  // struct winsize: rows, columns, and their size in pixels, which nobody knows.
  view.setUint16(scratch, rows, true);
  view.setUint16(scratch + 2, columns, true);
  view.setUint32(scratch + 4, 0, true);
  ask(TIOCSWINSZ, 'TIOCSWINSZ');
  // Of the master itself, and not by its path: that may lead to another one, in another mount of devpts.
  const slave = ownResult(libc.ioctl(numberOf(master), TIOCGPTPEER, FLAGS), 'ioctl TIOCGPTPEER', origin, '', ADVICE);
  return { master, slave, path };
}
