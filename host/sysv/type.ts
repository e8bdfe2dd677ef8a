import { invalidArgument, show } from './base.js';
import { queueCalls } from './calls.js';

/** The greatest long of C. */
function longMost(): bigint {
  return 2n ** BigInt(8 * queueCalls().long - 1) - 1n;
}

/** The type of a message to send: a long above 0, exactly. */
export function checkType(type: unknown): number | bigint {
  if (Number.isSafeInteger(type) && (type as number) > 0 && queueCalls().long === 8) return type as number;
  const most = longMost();
  return toLong(type, 1n, most, 'the type of a message', `from 1 to ${most}`);
}

/** The type to receive: any long. */
export function checkWantedType(type: unknown): number | bigint {
  if (type === undefined) return 0;
  if (Number.isSafeInteger(type) && queueCalls().long === 8) return type as number;
  const most = longMost();
  return toLong(type, -most - 1n, most, 'the type to receive', `from ${-most - 1n} to ${most}`);
}

function toLong(type: unknown, least: bigint, most: bigint, name: string, range: string): number | bigint {
  if (typeof type === 'number' && Number.isInteger(type) && !Number.isSafeInteger(type)) {
    throw invalidArgument(`${name} ${type} is not exact as a number: give it as a bigint`);
  }
  const isNumber = typeof type === 'bigint' || Number.isInteger(type);
  const value = isNumber ? BigInt(type as number) : 0n;
  if (!isNumber || value < least || value > most) {
    throw invalidArgument(`${name} must be an integer ${range}, not ${show(type)}`);
  }
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
