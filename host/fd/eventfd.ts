import { checkOptions, optionNames } from '../check/options.js';
import { checkBoolean, checkInteger } from '../check/values.js';
import { EFD_SEMAPHORE, O_CLOEXEC } from '../libc/constants.js';
import { native } from '../libc/native.js';
import { reserveStack } from '../runtime/stack.js';
import { ownResult } from './give.js';
import { originOf } from './origin.js';
import type { OwnedFd } from './owned-fd.js';

/** What `eventfd` makes. */
export interface EventfdOptions {
  /** Each read takes 1 from the counter instead of all of it. */
  semaphore?: boolean | undefined;
}

const OPTIONS = optionNames<EventfdOptions>({ semaphore: true });
/** The greatest `unsigned int`. */
const INITIAL_MAX = 2 ** 32 - 1;

/**
 * Makes a counter that can be waited for (eventfd(2)), close-on-exec: writing eight bytes, an unsigned integer of this
 * machine's byte order, adds to it; reading eight bytes returns it and sets it to 0. `initial` is what it begins with.
 */
export function eventfd(initial?: number, options?: EventfdOptions): OwnedFd {
  const value = checkInteger(initial === undefined ? 0 : initial, 'the initial value of an eventfd', 0, INITIAL_MAX);
  const { semaphore } = checkOptions(options, OPTIONS, 'eventfd');
  const flags = O_CLOEXEC | (checkBoolean(semaphore, 'semaphore') ? EFD_SEMAPHORE : 0);
  const { libc } = native();
  const origin = originOf('made by eventfd', eventfd);
  reserveStack();
  return ownResult(libc.eventfd(value, flags), 'eventfd', origin);
}
