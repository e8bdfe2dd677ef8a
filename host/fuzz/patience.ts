/** How long an input may take, once one is known that does not end: a run is not to stand still with all further ones. */
import type { StartMessage } from './job/messages.js';

const SHARE = 10;
const LEAST = 1000;

/** Milliseconds for one input, once another did not end within `timeout`. */
export function afterHang(timeout: number): number {
  return Math.min(timeout, Math.max(LEAST, timeout / SHARE));
}

/** What is told of that; undefined where nothing changes. */
export function describeAfterHang(timeout: number): string | undefined {
  if (afterHang(timeout) === timeout) return undefined;
  return `an input did not end within ${timeout / 1000} s: each further one is given up after ${afterHang(timeout) / 1000} s, and counted`;
}

/** Milliseconds for an input of a job. */
export function patienceOf({ options, known, isAsked }: Pick<StartMessage, 'options' | 'known' | 'isAsked'>): number {
  return !isAsked && known.includes('hang') ? afterHang(options.timeout) : options.timeout;
}
