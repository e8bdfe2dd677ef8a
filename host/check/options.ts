import { invalidArgument } from '../errors/error.js';
import { show } from './show.js';
import { didYouMean } from './suggest.js';

/** The names that an options object may have. */
export type OptionNames = ReadonlySet<string>;

/** The names of all options of `T`: the compiler refuses a list that lacks one, or has one too many. */
export function optionNames<T>(names: Record<keyof T, true>): OptionNames {
  return new Set(Object.keys(names));
}

const NONE = Object.freeze({});

/**
 * The options that were given to `what`, or none; throws `ERR_INVALID_ARGUMENT` for anything that is no object and for
 * names that it does not know: what is silently ignored is never what was meant.
 */
export function checkOptions<T extends object>(options: T | undefined, known: OptionNames, what: string): T {
  if (options === undefined) return NONE as T;
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    const example = [...known].slice(0, 3).join(', ');
    throw invalidArgument(`the options of ${what} must be an object, like { ${example} }, not ${show(options)}`);
  }
  for (const name in options) if (!known.has(name)) throw unknownOption(name, known, what);
  return options;
}

/**
 * Whether `options` has just so many names: of an object that has as many as there are known ones in it, none is
 * unknown. A shortcut past `checkOptions` for what is called a hundred thousand times a second.
 */
export function hasNames(options: object, count: number): boolean {
  let left = count;
  for (const _ in options) left--;
  return left === 0 && !Array.isArray(options);
}

function unknownOption(name: string, known: OptionNames, what: string) {
  const guess = didYouMean(name, known);
  const all = guess === '' ? `; there are ${[...known].join(', ')}` : '';
  return invalidArgument(`${what} has no option ${show(name)}${guess}${all}`);
}
