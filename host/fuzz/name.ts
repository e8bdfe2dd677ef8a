/** Targets by their names, as they are written: `dialects`, `module:FILE`. */
import { resolve } from 'node:path';
import { show } from '../check/show.js';
import { didYouMean } from '../check/suggest.js';
import { invalidArgument } from '../errors/error.js';
import { TARGETS, type TargetName, type TargetRow } from './targets.js';

/** A kind of target, and which one of it. */
export interface NamedTarget {
  readonly row: TargetRow & { readonly name: TargetName };
  /** What stands behind the colon, empty where nothing does; of a file or a socket its absolute path. */
  readonly argument: string;
  /** The whole, by which another process in another folder finds it again. */
  readonly name: string;
}

/** What a target's name looks like in help: `module:FILE`. */
export function formOf({ name, takes }: TargetRow): string {
  return takes === 'nothing' ? name : `${name}:${takes.toUpperCase()}`;
}

/** The target of that name; throws one line that says what is wrong with it. */
export function findTarget(text: string): NamedTarget {
  const colon = text.indexOf(':');
  const kind = colon < 0 ? text : text.slice(0, colon);
  const argument = colon < 0 ? '' : text.slice(colon + 1);
  const row: NamedTarget['row'] | undefined = TARGETS.find(({ name }) => name === kind);
  if (!row) {
    const names = TARGETS.map(({ name }) => name);
    const guess = didYouMean(kind, names) || `; there are ${TARGETS.map(formOf).join(', ')}`;
    throw invalidArgument(`unknown target ${show(kind)}${guess}`);
  }
  if (row.takes === 'nothing') {
    if (colon >= 0) throw invalidArgument(`the target ${kind} takes nothing behind its name, not ${show(argument)}`);
    return { row, argument, name: kind };
  }
  if (argument === '') throw invalidArgument(`the target ${kind} needs a ${row.takes}: ${formOf(row)}`);
  // An abstract name of a socket is in no folder.
  const isWhole = row.takes === 'command' || (row.takes === 'path' && argument.startsWith('@'));
  const whole = isWhole ? argument : resolve(argument);
  return { row, argument: whole, name: `${kind}:${whole}` };
}
