import { invalidArgument } from '../errors/error.js';
import { show } from './show.js';

/** The greatest int of C. */
export const INT_MAX = 2 ** 31 - 1;
/** The greatest uid_t or gid_t; (uid_t) -1, which means "no change" to chown(2), is one more. */
export const ID_MAX = 2 ** 32 - 2;

/**
 * `value`, if it is an integer from `least` to `most`; else throws `ERR_INVALID_ARGUMENT`, which names it. `end` says
 * what the most is.
 */
export function checkInteger(value: unknown, name: string, least: number, most: number, end = String(most)): number {
  // Zero may be -0, which is no int32 to Node: fs calls end the process over it.
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return (value as number) + 0;
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${end}`;
  throw invalidArgument(`${name} must be an integer ${range}, not ${show(value)}`);
}

/** `value`, if it is true, false or undefined. */
export function checkBoolean(value: unknown, name: string): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? false;
  throw invalidArgument(`${name} must be true or false, not ${show(value)}`);
}

/** `value`, if it can be called. */
export function checkFunction<T>(value: T, name: string): T {
  if (typeof value === 'function') return value;
  throw invalidArgument(`${name} must be a function, not ${show(value)}`);
}
