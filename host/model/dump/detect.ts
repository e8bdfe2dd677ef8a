import { invalidArgument } from '../../errors/error.js';
import { looksLikeC, refuseQuotedDigits } from './c.js';
import type { DumpFormat } from './formats.js';
import { looksLikeGdb } from './gdb.js';
import { looksLikeLines } from './lines.js';
import { showAt, wrongAt } from './place.js';
import { looksLikeStrace } from './strace.js';

/** What stands in no text of hexadecimal digits; of these an x has a 0 before it that begins a word. */
const NO_DIGIT = /[^\s,:;0-9a-fx-]|(?<!\b0)x/i;
/** So much of a list tells what the rest of it is. */
const SAMPLE = 65536;
/** Shorter than any header, so that no word of a few letters is taken for base64. */
const LEAST_BASE64 = 16;

/**
 * What a text is, by the first of these that it has the marks of: strace, gdb, lines with offsets, hexadecimal,
 * base64, what a program is written in. A text that two of them would read differently is refused, with both named.
 */
export function detectFormat(text: string): DumpFormat {
  if (looksLikeStrace(text)) return 'strace';
  if (looksLikeGdb(text)) return 'gdb';
  refuseCharacterDump(text);
  const lines = looksLikeLines(text);
  if (lines === 'yes') return 'xxd';
  if (lines === 'maybe') {
    throw invalidArgument(
      'the first digits may be an offset, or bytes like those behind them: say --format xxd or --format hex',
    );
  }
  if (/^\s*<Buffer\b/.test(text)) return 'hex';
  if (!NO_DIGIT.test(text)) return formOfDigits(text);
  if (looksLikeBase64(text)) return 'base64';
  if (/^[\w\s+/=-]*$/.test(text)) {
    const at = text.search(NO_DIGIT);
    throw wrongAt(text, at, `${showAt(text, at)} is not hexadecimal; if the text is base64, say --format base64`);
  }
  if (looksLikeC(text)) {
    refuseQuotedDigits(text);
    return 'c';
  }
  const at = text.search(NO_DIGIT);
  throw wrongAt(
    text,
    at,
    `${showAt(text, at)} stands in none of the forms that are read: hexadecimal, a string or list of C or Python, ` +
      'lines of xxd, hexdump and od, gdb, strace, base64',
  );
}

/** Digits, and what may stand between them: hexadecimal, unless they are a list of decimal numbers. */
function formOfDigits(text: string): DumpFormat {
  // Zeros are 0 in hexadecimal and A in base64: one run with A's and without a 0 is hardly a control buffer in the former.
  if (/^[\s0-9a-f]*$/i.test(text) && /\S{8}/.test(text) && text.includes('A') && !text.includes('0')) {
    throw invalidArgument('the letters may be hexadecimal or base64: say --format hex or --format base64');
  }
  const items = text
    .slice(0, SAMPLE)
    .split(',')
    .map((item) => item.trim());
  if (items.at(-1) === '') items.pop();
  if (items.length < 2) return 'hex';
  const isAny = (pattern: RegExp) => items.some((item) => pattern.test(item));
  if (isAny(/^0x/i)) return 'c';
  // No list of decimal numbers has letters in it, nor a zero before a digit; no list of bytes in hexadecimal has one digit.
  const isHex = isAny(/[a-f\s]/i) || isAny(/^0\d/);
  const isDecimal = items.every((item) => /^(0|[1-9]\d{0,2})$/.test(item)) && isAny(/^(\d|\d{3})$/);
  if (isHex !== isDecimal) return isHex ? 'hex' : 'c';
  throw invalidArgument(
    'a list of numbers that may be decimal or hexadecimal: say --format c or --format hex, or write 0x before each',
  );
}

function looksLikeBase64(text: string): boolean {
  const digits = text.replace(/\s+/g, '');
  const isWhole = digits.length >= LEAST_BASE64 && digits.length % 4 === 0;
  return isWhole && /[A-Z]/.test(digits) && (/^[\w-]+={0,2}$/.test(digits) || /^[A-Za-z0-9+/]+={0,2}$/.test(digits));
}

/** od -c, od -a and hexdump -c: a blank of theirs may be one that was dumped. */
function refuseCharacterDump(text: string): void {
  if (/^\s*[0-7]{6,8}\s[^|>\n]*\s(\\0|nul)(\s|$)/.test(text))
    throw wrongAt(text, 0, 'a dump of characters cannot be read back: dump again with od -t x1');
}
