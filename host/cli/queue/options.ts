/** Which queue is meant, and what else several commands of `ancillary queue` take. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { INT_MAX } from '../../check/values.js';
import { wholeNumber } from '../numbers.js';
import { fail } from '../place.js';

/** A file and a number, by which two programs agree on a key (ftok(3)). */
export interface FtokName {
  path: string;
  id: number;
}

/** What says which queue, besides ID. */
export interface QueuePlace {
  key?: number;
  ftok?: FtokName;
}

/** Bits of the greatest type, a long of 64 bits. */
const TYPE_BITS = 64;
const KEY_MOST = 2 ** 32 - 1;
const KEY_LEAST = -(2 ** 31);
const FTOK_MOST = 255;

/** How the line of a command's help on exit statuses ends. */
export const STATUS = '2 for wrong usage,\n129, 130 and 143 after SIGHUP, SIGINT and SIGTERM.';

/** What help says of ID, --key and --ftok. */
export const PLACE_HELP = `
The queue is the one of ID, as \`ancillary queue ls\` lists them, or with --key or --ftok the one of a key; no ID is given
then. K is decimal or 0x and hexadecimal digits. PATH:ID is what others give to ftok(3): a file that is there, and a
number from 1 to 255 or one letter, which stands for its code.`;

/** Adds --key and --ftok. */
export function addKeyOptions(command: Command): Command {
  return command
    .addOption(new Option('--key <k>', 'the queue of this key').argParser(keyOf).conflicts('ftok'))
    .addOption(
      new Option('--ftok <path:id>', 'the queue of the key of a file and a number, ftok(3)').argParser(ftokOf),
    );
}

/** Adds how messages that come are printed. */
export function addPrintOptions(command: Command): Command {
  return command
    .addOption(new Option('--hex', 'in lines, the data as a dump').conflicts(['json', 'raw']))
    .addOption(new Option('--json', 'as one JSON object').conflicts('raw'))
    .option('--raw', 'print the data as it is to a terminal, too');
}

/** Adds how long is waited. */
export function addWaitOptions(command: Command, what: string): Command {
  return command
    .option('--wait', `wait for ${what}; without it there is an error at once`)
    .option('--timeout <ms>', 'the same, so long at most', wholeNumber(1, INT_MAX));
}

/**
 * The words of a command as it has them behind ID: with --key or --ftok there is none. Ends the command as wrong usage
 * where the queue is not said, or twice.
 */
export function takeId(
  self: Command,
  words: readonly (string | undefined)[],
  { key, ftok }: QueuePlace,
): { id: number | undefined; rest: string[] } {
  const given = words.filter((word) => word !== undefined);
  if (key !== undefined || ftok !== undefined) {
    if (given.length < words.length) return { id: undefined, rest: given };
    return fail(self, `ID and ${key === undefined ? '--ftok' : '--key'} are too much: give one of them`);
  }
  const [id, ...rest] = given;
  if (id === undefined) return fail(self, 'nothing says which queue: give ID, --key or --ftok');
  if (/^(0|[1-9]\d{0,9})$/.test(id) && Number(id) <= INT_MAX) return { id: Number(id), rest };
  return fail(
    self,
    `ID must be a whole number, as \`ancillary queue ls\` lists them, not '${id}'; of a key: --key, --ftok`,
  );
}

/** Reads a key, as an int. */
export function keyOf(text: string): number {
  if (/^(ipc_private|[+-]?0+|0x0+)$/i.test(text)) {
    throw new InvalidArgumentError('0 is IPC_PRIVATE, by which no queue is found: private ones have an id alone.');
  }
  const isKey = /^(-?[1-9]\d{0,9}|0x[0-9a-f]{1,8})$/i.test(text);
  const key = Number(text);
  if (isKey && key >= KEY_LEAST && key <= KEY_MOST) return key | 0;
  throw new InvalidArgumentError('It must be a key of 32 bits, decimal or in hexadecimal digits such as 0x4100abcd.');
}

/** Reads a file and a number, PATH:ID. */
export function ftokOf(text: string): FtokName {
  const [, path = '', id = ''] = /^(.*):([^:]*)$/s.exec(text) ?? [];
  if (path === '') throw new InvalidArgumentError('It must be PATH:ID, such as /etc/hostname:1.');
  if (/^[a-z]$/i.test(id)) return { path, id: id.charCodeAt(0) };
  const number = /^(\d{1,10}|0x[0-9a-f]{1,8})$/i.test(id) ? Number(id) : Number.NaN;
  if (number >= 1 && number <= FTOK_MOST) return { path, id: number };
  if (number > FTOK_MOST) {
    throw new InvalidArgumentError(
      `ID is from 1 to 255: C takes the lower 8 bits of ${number} alone, ${number & 0xff}.`,
    );
  }
  if (number === 0) {
    throw new InvalidArgumentError('ID is from 1 to 255: of 0 POSIX says nothing; if it is meant, give the --key.');
  }
  throw new InvalidArgumentError('ID, behind the last colon, must be a number from 1 to 255 or one letter.');
}

/** Reads a type to send: above 0. */
export function sentType(text: string): bigint {
  const type = longOf(text);
  if (type !== undefined && type > 0n) return type;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${2n ** BigInt(TYPE_BITS - 1) - 1n}.`);
}

/** Reads a type to receive. */
export function wantedType(text: string): bigint {
  const type = longOf(text);
  if (type !== undefined) return type;
  throw new InvalidArgumentError('It must be a whole number: 0, a type, or below 0 the greatest of several.');
}

/** Reads a long, decimal or 0x and hexadecimal digits, as JSON has those that no number holds. */
function longOf(text: string): bigint | undefined {
  const [, sign, digits] = /^(-?)(0|[1-9]\d{0,18}|0x[0-9a-f]{1,16})$/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const value = sign === '-' ? -BigInt(digits) : BigInt(digits);
  return BigInt.asIntN(TYPE_BITS, value) === value ? value : undefined;
}
