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
  if (typeof options !== 'object' || options === null || Array.isArray(options)) throw noOptions(options, known, what);
  let hasNames = false;
  for (const name in options) {
    if (known.has(name)) hasNames = true;
    // What somebody has put on every object is nobody's option.
    else if (!(name in Object.prototype)) throw unknownOption(name, known, what);
  }
  if (!hasNames && !isPlain(options) && ![...known].some((name) => name in options)) {
    throw noOptions(options, known, what);
  }
  return options;
}

/** An object of nobody's class, of whatever realm; a Map, a promise, an OwnedFd are none, and cannot be meant. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Refuses an object with a name that is not known; `what` is asked for only then. */
export function refuseOthers(object: object, known: OptionNames, what: () => string): void {
  for (const name in object) if (!known.has(name)) checkOptions(object, known, what());
}

/**
 * Whether every name of `options` is `one` or `other`, and there is one: a shortcut past `checkOptions` for what is
 * called a hundred thousand times a second.
 */
export function hasOnly(options: object, one: string, other: string): boolean {
  let count = 0;
  for (const name in options) {
    if (name !== one && name !== other) return false;
    count++;
  }
  return count > 0 && !Array.isArray(options);
}

function noOptions(options: unknown, known: OptionNames, what: string) {
  const example = [...known].slice(0, 3).join(', ');
  return invalidArgument(`the options of ${what} must be an object, like { ${example} }, not ${show(options)}`);
}

function unknownOption(name: string, known: OptionNames, what: string) {
  const guess = didYouMean(name, known);
  const all = guess === '' ? `; there are ${[...known].join(', ')}` : '';
  return invalidArgument(`${what} has no option ${show(name)}${guess}${all}`);
}
