import { showAt, wrongAt } from './place.js';
import type { ByteSink } from './sink.js';

/** RFC 4648 sections 4 and 5: the two alphabets differ in their last two characters. */
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const VALUES = new Map([...DIGITS, '+', '/'].map((digit, value) => [digit, value]));
const URL_VALUES = new Map([...DIGITS, '-', '_'].map((digit, value) => [digit, value]));

/** Reads base64 or base64url, in lines or in one, with its padding or without. */
export function readBase64(text: string, sink: ByteSink): string {
  const isUrl = /[-_]/.test(text);
  const values = isUrl ? URL_VALUES : VALUES;
  let bits = 0;
  let held = 0;
  let padding = 0;
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i] as string;
    if (/\s/.test(character)) continue;
    const value = values.get(character);
    if (character === '=') padding++;
    else if (value === undefined) {
      const other = isUrl && (character === '+' || character === '/');
      throw wrongAt(
        text,
        i,
        `${showAt(text, i)} is no digit of base64${other ? 'url, which the text seems to be' : ''}`,
      );
    } else if (padding > 0) throw wrongAt(text, i, `${showAt(text, i)} stands behind the padding of base64`);
    else {
      count++;
      bits = ((bits << 6) | value) & 0xffff;
      held += 6;
      if (held >= 8) {
        held -= 8;
        sink.add((bits >> held) & 0xff);
      }
    }
  }
  // Of a byte that is not whole nothing may be lost: 6 bits alone, or bits that padding should not have.
  const isWhole = count > 0 && held < 6 && (bits & ((1 << held) - 1)) === 0;
  if (!isWhole || (padding > 0 && (count + padding) % 4 !== 0)) {
    throw wrongAt(text, text.trimEnd().length, `base64 that ends amid a byte, after ${count} digits`);
  }
  return isUrl ? 'base64url' : 'base64';
}
