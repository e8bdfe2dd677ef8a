import { AncillaryError, checkBoolean, checkOptions, optionNames, show } from '../base.js';
import { takeVariable } from './address.js';

/** What becomes of the variables. */
export interface WatchdogOptions {
  /** Removes WATCHDOG_USEC and WATCHDOG_PID from the environment. */
  unset?: boolean | undefined;
}

const OPTIONS = optionNames<WatchdogOptions>({ unset: true });

/**
 * Within how many milliseconds the manager wants `notify({ WATCHDOG: 1 })` again and again (half of it is a good
 * interval); undefined where it does not want that of this process (sd_watchdog_enabled(3)). Throws
 * `ERR_INVALID_ARGUMENT` for variables that cannot be meant.
 */
export function watchdogInterval(options?: WatchdogOptions): number | undefined {
  const { unset } = checkOptions(options, OPTIONS, 'watchdogInterval');
  const isUnset = checkBoolean(unset, 'unset');
  const [microseconds, pid] = ['WATCHDOG_USEC', 'WATCHDOG_PID'].map((name) => takeVariable(name, isUnset));
  if (microseconds === undefined) return undefined;
  if (pid !== undefined && checkNumber(pid, 'WATCHDOG_PID') !== process.pid) return undefined;
  return checkNumber(microseconds, 'WATCHDOG_USEC') / 1000;
}

function checkNumber(text: string, name: string): number {
  const value = Number(text);
  if (/^[1-9][0-9]*$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new AncillaryError('ERR_INVALID_ARGUMENT', `${name} must be a number above 0, not ${show(text)}`);
}
