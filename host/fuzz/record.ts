/** What may stand in the record beside a finding, which anybody may have written. */
import { escapeControls } from '../check/escape.js';
import { show } from '../check/show.js';
import { invalidArgument } from '../errors/error.js';
import type { ArtifactRecord } from './artifact.js';
import { SOCKET_TYPES } from './options.js';

type Rule = readonly [holds: (value: unknown) => boolean, what: string];

const MOST_TIMEOUT = 2 ** 31 - 1;
const MOST_RATE = 1_000_000;
const isText = (value: unknown) => typeof value === 'string';
const isWhole = (value: unknown, least: number, most: number) =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
const TEXT: Rule = [isText, 'a text'];

const RULES: Readonly<Record<keyof ArtifactRecord, Rule>> = {
  target: TEXT,
  class: TEXT,
  cause: TEXT,
  abi: TEXT,
  against: TEXT,
  before: TEXT,
  version: TEXT,
  between: [(value) => Array.isArray(value) && value.length === 2 && value.every(isText), 'two walks'],
  type: [(value) => SOCKET_TYPES.some((each) => each === value), `one of ${SOCKET_TYPES.join(', ')}`],
  rate: [(value) => isWhole(value, 1, MOST_RATE), `a whole number from 1 to ${MOST_RATE}`],
  timeout: [(value) => isWhole(value, 1, MOST_TIMEOUT), `milliseconds, a whole number from 1 to ${MOST_TIMEOUT}`],
  seed: [(value) => isText(value) && isSeed(value as string), 'a text of the digits of a number below 2^64'],
  bytes: [(value) => isWhole(value, 0, Number.MAX_SAFE_INTEGER), 'a whole number'],
  isReproduced: [(value) => typeof value === 'boolean', 'true or false'],
  details: [(value) => typeof value === 'object' && value !== null && !Array.isArray(value), 'an object'],
};

function isSeed(text: string): boolean {
  return /^\d{1,20}$/.test(text) && BigInt(text) < 2n ** 64n;
}

/** Throws one line for a member that is not what `fuzz` writes; what is missing or unknown is left alone. */
export function checkRecord(record: Partial<Record<keyof ArtifactRecord, unknown>>, file: string): void {
  for (const [name, [holds, what]] of Object.entries(RULES)) {
    const value = record[name as keyof ArtifactRecord];
    if (value === undefined || holds(value)) continue;
    const shown = escapeControls(show(value)).slice(0, 100);
    throw invalidArgument(`the record beside ${file} is damaged: ${name} must be ${what}, not ${shown}`);
  }
}
