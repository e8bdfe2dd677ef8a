import { invalidArgument } from '../errors/error.js';

/** The bytes that `text` spells, two hexadecimal digits each; blanks between bytes are allowed. */
export function bytesOfHex(text: unknown, name: string): Uint8Array {
  if (typeof text !== 'string') throw invalidArgument(`${name} must be a hexadecimal string`);
  const digits = text.replace(/\s+/g, '');
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) {
    throw invalidArgument(`${name} must be an even number of hexadecimal digits`);
  }
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** The bytes as lower-case hexadecimal digits. */
export function hexOfBytes(bytes: Uint8Array, separator = ''): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(separator);
}
