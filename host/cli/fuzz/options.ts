import { InvalidArgumentError, Option } from 'commander';
import { SOCKET_TYPES } from '../../fuzz/options.js';
import { duration } from '../duration.js';
import { dialectId } from '../ids.js';
import { wholeNumber } from '../numbers.js';

const MOST_SEED = 2n ** 64n - 1n;
const MOST_JOBS = 256;
const MOST_RATE = 1_000_000;
export const DEFAULT_TIME = 30_000;
export const DEFAULT_TIMEOUT = 10_000;
export const ARTIFACTS = 'ancillary-findings';

/** `--seed S`: decimal or hexadecimal digits. */
export function seedOption(): Option {
  return new Option('--seed <s>', 'a number of 64 bits; default: another each time, which is printed').argParser(
    (text) => {
      if (/^(\d{1,20}|0x[0-9a-fA-F]{1,16})$/.test(text) && BigInt(text) <= MOST_SEED) return BigInt(text);
      throw new InvalidArgumentError('It must be a whole number below 2^64.');
    },
  );
}

/** The name of a folder or file: an empty one, as of a variable that is not set, is none. */
export function pathName(text: string): string {
  if (text === '') throw new InvalidArgumentError('It must not be empty.');
  return text;
}

export function timeOption(): Option {
  return new Option('--time <time>', 'how long: 30s, 5m, 1h (default: 30s)').argParser(duration).conflicts('runs');
}

export function runsOption(): Option {
  return new Option('--runs <n>', 'so many inputs instead').argParser(wholeNumber(1, Number.MAX_SAFE_INTEGER));
}

export function jobsOption(): Option {
  return new Option('--jobs <n>', 'processes beside each other').argParser(wholeNumber(1, MOST_JOBS)).default(1);
}

export function timeoutOption(): Option {
  return new Option('--timeout <time>', 'how long one input may take (default: 10s)').argParser(duration);
}

/** `--shard i/n` as the index from 0 on, and the count. */
export function shardOption(): Option {
  return new Option('--shard <i/n>', 'do the i-th of n parts, which do different work').argParser((text) => {
    const [, index, count] = /^([1-9]\d{0,5})\/([1-9]\d{0,5})$/.exec(text) ?? [];
    if (index !== undefined && Number(index) <= Number(count)) return [Number(index) - 1, Number(count)];
    throw new InvalidArgumentError('It must be such as 1/4, the first of four.');
  });
}

/** `--between A,B`, the ids of two walks. */
export function betweenOption(): Option {
  return new Option('--between <a,b>', 'two walks, as `ancillary dialects` lists them (dialects)').argParser((text) => {
    const ids = text.split(',');
    const [a, b] = ids;
    if (ids.length !== 2 || a === b) throw new InvalidArgumentError('It must be two different walks, A,B.');
    return ids.map(dialectId);
  });
}

/** `--before FILE`, `--type TYPE` and `--rate N`, of targets that are connected to. */
export function peerOptions(): Option[] {
  return [
    new Option('--before <file>', 'bytes that open each session (socket, exec)').argParser(pathName),
    new Option('--type <type>', 'of the socket; default: the one that connects, or stream (socket, exec)').choices([
      ...SOCKET_TYPES,
    ]),
    new Option('--rate <n>', 'the most inputs a second (socket; default: 1000)').argParser(wholeNumber(1, MOST_RATE)),
  ];
}
