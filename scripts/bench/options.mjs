import { parseArgs } from 'node:util';
import { measures } from './targets.mjs';

/**
 * @typedef {object} Options
 * @property {string[]} only names of measures; empty: all
 * @property {number} rounds
 * @property {boolean} smoke
 * @property {string} [json] a file, or `-` for stdout
 * @property {boolean} help
 */

const names = measures.map((measure) => measure.name);

export const help = `Usage: npm run bench -- [options]

Times the library beside the same work in C (if cc exists), CPython (if python3 exists) and Node's net.Socket, every
contender in a process of its own, in rounds: A B C A B C. Shows medians, and medians of the ratios within a round.

  --only NAME     this measure (again for another): ${names.join(', ')}
  --rounds N      rounds of every measure (27), in three sittings with fresh processes
  --smoke         one tiny round of everything: does it run at all? Nothing is judged
  --json [FILE]   the results as JSON, in FILE or instead of the table
  --help

Exits 0 whether or not targets are met, 1 if a contender failed, 2 if the options make no sense.
`;

export class UsageError extends Error {}

/**
 * @param {string[]} args
 * @returns {Options}
 */
export function readOptions(args) {
  const { only, rounds, ...rest } = parse(args);
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new UsageError(`no measure ${unknown}; there are ${names.join(', ')}`);
  if (!/^[1-9]\d{0,3}$/.test(rounds)) throw new UsageError(`--rounds takes a number from 1 to 9999, not ${rounds}`);
  return { only, rounds: rest.smoke ? 1 : Number(rounds), ...rest };
}

/** @param {string[]} args */
function parse(args) {
  try {
    return parseArgs({
      args: args.flatMap(fillInStdout),
      options: {
        only: { type: 'string', multiple: true, default: [] },
        rounds: { type: 'string', default: '27' },
        smoke: { type: 'boolean', default: false },
        json: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/**
 * parseArgs knows no option whose value may be absent.
 *
 * @param {string} arg @param {number} i @param {string[]} args
 */
function fillInStdout(arg, i, args) {
  return arg === '--json' && (args[i + 1] ?? '--').startsWith('--') ? [arg, '-'] : [arg];
}
