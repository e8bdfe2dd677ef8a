import { parseArgs } from 'node:util';

/**
 * @typedef {object} Options
 * @property {number} seconds
 * @property {number} seed
 * @property {number} lanes
 * @property {boolean} help
 */

export const help = `Usage: npm run soak -- [options]

Sends and receives over sockets of every type, in a random mix of sizes, counts and mishaps: truncation, no descriptors
left, full buffers, aborted sends, peers that are killed, workers that are terminated, sockets that hold each other.
Every byte and every descriptor that was sent must come or be accounted for; afterwards nothing may be left open, here
or in the kernel, and memory must not have grown.

  --time S      seconds (600)
  --seed N      repeats the choices of a run (random; always printed)
  --lanes N     how many things go on at once (6)
  --help

Ctrl-C ends it early, with what it has found so far. Exits 0 when nothing was wrong, 1 when something was, 2 if the
options make no sense. Its last line is \`N passed, N failed, 0 skipped\`.
`;

export class UsageError extends Error {}

/** @param {string[]} args @returns {Options} */
export function readOptions(args) {
  const { time, seed, lanes, help } = parse(args);
  return {
    seconds: number('time', time, 1, 86_400),
    seed: number('seed', seed, 0, 2 ** 32 - 1),
    lanes: number('lanes', lanes, 1, 64),
    help,
  };
}

/** @param {string} name @param {string} text @param {number} least @param {number} most */
function number(name, text, least, most) {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new UsageError(`--${name} takes a whole number from ${least} to ${most}, not ${text}`);
}

/** @param {string[]} args */
function parse(args) {
  try {
    return parseArgs({
      args,
      options: {
        time: { type: 'string', default: '600' },
        seed: { type: 'string', default: `${Math.floor(Math.random() * 2 ** 32)}` },
        lanes: { type: 'string', default: '6' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
