import { invalidArgument } from '../../errors/error.js';
import { showAt, wrongAt } from './place.js';
import type { ByteSink } from './sink.js';

/** What may stand between groups of digits: blanks, and what tools put there. */
const BETWEEN = /[\s,:;-]/;
/** What may stand before a group. */
const PREFIX = /0x|\\x/iy;

/** One run of hexadecimal digits, and where it begins. */
export interface Group {
  at: number;
  digits: string;
  /** Behind a 0x or \x. */
  prefixed: boolean;
}

/** The value of a hexadecimal digit by its code, or -1. */
export function digitOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/**
 * Reads plain hexadecimal, two digits for each byte, in groups of any even size: blanks, commas, colons and dashes may
 * stand between them, `0x` or `\x` before each, `<Buffer ...>` of Node around them.
 */
export function readHex(text: string, sink: ByteSink): string {
  const groups = groupsOf(text);
  if (groups.length === 0) throw invalidArgument('there is no hexadecimal digit in the text');
  if (isWrapped(text, groups)) return readWrapped(groups, sink);
  for (const { at, digits, prefixed } of groups) {
    if (prefixed && digits.length === 1) sink.add(Number.parseInt(digits, 16));
    else if (digits.length % 2 === 0) addDigits(digits, sink);
    else {
      const which = digits.length > 12 ? `${digits.length} digits` : `'${digits}'`;
      throw wrongAt(
        text,
        at,
        `${which}, which is an odd number of hexadecimal digits: write two for each byte` +
          (digits.length === 1 ? '; decimal numbers are read from a list, [20, 0, 0]' : ''),
      );
    }
  }
  return 'plain hexadecimal';
}

/** The bytes that an even number of digits spells. */
export function addDigits(digits: string, sink: ByteSink): void {
  for (let i = 0; i < digits.length; i += 2) {
    sink.add(digitOf(digits.charCodeAt(i)) * 16 + digitOf(digits.charCodeAt(i + 1)));
  }
}

/** The groups of digits of a text in which nothing else stands than what may stand between them. */
export function groupsOf(text: string): Group[] {
  const buffer = /^\s*<Buffer(?=[\s>])/i.exec(text);
  const end = buffer ? endOfBuffer(text) : text.length;
  const groups: Group[] = [];
  for (let i = buffer ? buffer[0].length : 0; i < end; ) {
    if (BETWEEN.test(text[i] as string)) {
      i++;
      continue;
    }
    const at = i;
    PREFIX.lastIndex = i;
    const prefixed = PREFIX.test(text);
    if (prefixed) i += 2;
    const start = i;
    while (i < end && digitOf(text.charCodeAt(i)) >= 0) i++;
    if (i === start) throw wrongAt(text, i, `${showAt(text, i)} is no hexadecimal digit`);
    groups.push({ at, digits: text.slice(start, i), prefixed });
  }
  return groups;
}

function endOfBuffer(text: string): number {
  const cut = text.indexOf('...');
  if (cut >= 0) throw wrongAt(text, cut, 'Node has left bytes out here: print them with .toString("hex")');
  const end = text.lastIndexOf('>');
  if (end < 0 || text.slice(end + 1).trim() !== '') throw wrongAt(text, text.length, "'<Buffer' without its '>'");
  return end;
}

/** Whether a text is one run of digits that a terminal or `fold` broke into lines, wherever it liked. */
function isWrapped(text: string, groups: readonly Group[]): boolean {
  return groups.length > 1 && groups.every(({ prefixed }) => !prefixed) && !/\S[^\S\r\n]+\S|[,:;-]/.test(text);
}

function readWrapped(groups: readonly Group[], sink: ByteSink): string {
  const digits = groups.map((group) => group.digits).join('');
  if (digits.length % 2 !== 0) {
    throw invalidArgument(`${digits.length} hexadecimal digits are an odd number: write two for each byte`);
  }
  addDigits(digits, sink);
  return 'plain hexadecimal';
}
