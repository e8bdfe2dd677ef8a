import { invalidArgument } from '../../errors/error.js';
import { readC } from './c.js';
import { addDigits } from './hex.js';
import { showAt, wrongAt } from './place.js';
import type { ByteSink } from './sink.js';

/** `0x7ffe3a10 <buf+8>:`; a name may have any character in it. */
const ADDRESS = /^(?:=>)?\s*0x([0-9a-f]{1,16})(?: <.*>)?:(?=\s|$)/i;
const PROMPT = /^\s*\((gdb|lldb)\)/;
const VALUE = /^0x([0-9a-f]+)$/i;

/**
 * Reads what `x/xb`, `x/xh`, `x/xw` and `x/xg` of gdb print, and `memory read -f x` of lldb: words in the target's byte
 * order, as wide as they have digits; else what `print` shows of an array or a string.
 */
export function readGdb(text: string, sink: ByteSink, bigEndian: boolean): string {
  if (!/^(?:=>)?\s*0x/i.test(firstLine(text))) return readC(withoutPrompts(text), sink);
  let size = 0;
  let expected: bigint | undefined;
  let at = 0;
  for (const line of text.split('\n')) {
    if (line.trim() !== '' && !PROMPT.test(line)) {
      const address = ADDRESS.exec(line);
      const start = address ? BigInt(`0x${address[1]}`) : undefined;
      if (start !== undefined && expected !== undefined && start !== expected) {
        throw wrongAt(
          text,
          at,
          `the address is not where the bytes before it end: ${expected - start} bytes are missing`,
        );
      }
      const before = sink.size;
      size = readWords(text, line, at, address?.[0].length ?? 0, size, sink, bigEndian);
      expected = start === undefined ? undefined : start + BigInt(sink.size - before);
    }
    at += line.length + 1;
  }
  if (size === 0) throw invalidArgument('no word, 0x..., stands in what gdb printed');
  return size === 1 ? 'bytes of gdb' : `${size}-byte words of gdb, ${bigEndian ? 'big' : 'little'}-endian`;
}

/** The first line that is no prompt, without blanks before it. */
function firstLine(text: string): string {
  return (text.split('\n', 64).find((line) => line.trim() !== '' && !PROMPT.test(line)) ?? '').trimStart();
}

/** Reads the words of a line from `from` on; all of a dump have `size` bytes, which the first tells. */
function readWords(
  text: string,
  line: string,
  at: number,
  from: number,
  size: number,
  sink: ByteSink,
  bigEndian: boolean,
): number {
  let width = size;
  for (const { index, 0: word } of line.slice(from).matchAll(/\S+/g)) {
    const place = at + from + index;
    const digits = VALUE.exec(word)?.[1];
    if (digits === undefined) {
      throw wrongAt(text, place, `${showAt(text, place)} begins no word of gdb, 0x...: print them with x/xb`);
    }
    if (![2, 4, 8, 16].includes(digits.length) || (width > 0 && digits.length !== 2 * width)) {
      throw wrongAt(text, place, `0x${digits.slice(0, 20)} is not as wide as the words of gdb: print them with x/xb`);
    }
    width = digits.length / 2;
    if (bigEndian || width === 1) addDigits(digits, sink);
    else sink.addWord(BigInt(`0x${digits}`), width, false);
  }
  return width;
}

/** Blanks instead of lines with a prompt, so that places stay the same. */
function withoutPrompts(text: string): string {
  return text.replace(/^[^\S\n]*\(gdb\)(?: x\/| p| output|\s*$)[^\n]*/gm, (line) => ' '.repeat(line.length));
}

/** Whether a text is what gdb prints. */
export function looksLikeGdb(text: string): boolean {
  // The beginning of a long line tells what it is.
  const line = firstLine(text.slice(0, 65536)).slice(0, 4096);
  if (/^\s*\$\d+ = /.test(line) || / <repeats \d/.test(text)) return true;
  const words = line
    .slice(ADDRESS.exec(line)?.[0].length ?? 0)
    .trim()
    .split(/\s+/);
  if (ADDRESS.test(line)) return words.some((word) => VALUE.test(word)) || /<.*>:/.test(line);
  // Words without their addresses: several, wider than a byte.
  return words.length > 1 && words.every((word) => /^0x(?:[0-9a-f]{4}|[0-9a-f]{8}|[0-9a-f]{16})$/i.test(word));
}
