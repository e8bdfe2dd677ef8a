import { invalidArgument } from '../errors/error.js';
import { show } from './show.js';

/**
 * Refuses an argument that nobody would look at, as other APIs have it in that place: data, options or a callback, which
 * would be lost without a word. `advice` is what to do instead.
 */
export function refuseSurplus(given: unknown, api: string, advice: string): void {
  if (given !== undefined) throw invalidArgument(`${api} has no argument like ${show(given)}: ${advice}`);
}

/** The same of a callback alone: other things come along where a method is a listener of events. */
export function refuseCallback(given: unknown, api: string): void {
  if (typeof given === 'function') refuseSurplus(given, api, 'await the promise that it returns');
}
