import { refuseSurplus } from '../check/surplus.js';
import { O_CLOEXEC } from '../libc/constants.js';
import { native } from '../libc/native.js';
import { reserveStack } from '../runtime/stack.js';
import { callError } from './give.js';
import { originOf } from './origin.js';
import { type OwnedFd, ownFd } from './owned-fd.js';

/** The two ends of a pipe. */
export interface Pipe {
  /** The end that is read from: `toReadStream` makes a stream of it. */
  readonly read: OwnedFd;
  /** The end that is written to: `toWriteStream` makes a stream of it. */
  readonly write: OwnedFd;
}

/**
 * Makes a pipe (pipe(2)): what is written to one end can be read from the other. Both are close-on-exec and blocking, as
 * most programs expect what they are handed. Throws `EMFILE` where no descriptor is left.
 */
export function pipe(): Pipe;
export function pipe(surplus?: unknown): Pipe {
  refuseSurplus(surplus, 'pipe', 'it has no options');
  const { libc, codec, base, scratch } = native();
  const origin = originOf('made by pipe', pipe);
  reserveStack();
  if (libc.pipe2(base + scratch, O_CLOEXEC) < 0) throw callError('pipe2');
  const [read, write] = [codec.view.getInt32(scratch, true), codec.view.getInt32(scratch + 4, true)];
  return { read: ownFd(read, origin), write: ownFd(write, origin) };
}
