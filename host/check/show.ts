import { escapeControls } from './escape.js';

/** So much of a text is shown in an error. */
const LONGEST = 60;

/** What a value is, for the error that refuses it: never throws, however odd the value, and never breaks the line. */
export function show(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `'${escapeControls(JSON.stringify(value.length > LONGEST ? `${value.slice(0, LONGEST)}...` : value).slice(1, -1))}'`;
    case 'bigint':
      return `${value}n`;
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'object':
      return value === null ? 'null' : isArray(value) ? 'an array' : 'an object';
    default:
      return `a ${typeof value}`;
  }
}

/** Of a proxy that has been revoked nothing can be asked. */
function isArray(value: object): boolean {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}
