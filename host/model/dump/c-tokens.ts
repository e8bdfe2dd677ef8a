import { digitOf } from './hex.js';
import { showAt, wrongAt } from './place.js';
import { MOST_BYTES, tooManyBytes } from './sink.js';

/** A token of C, Python or what gdb prints; blanks and comments are none. `digits` are those behind 0x. */
export type Token = { at: number } & (
  | { kind: 'string' | 'character'; bytes: number[]; python: boolean }
  | { kind: 'number'; value: number; digits: number }
  | { kind: 'word' | 'mark'; text: string }
);

type Literal = Extract<Token, { bytes: number[] }>;

const WORD = /[A-Za-z_$][\w$]*/y;
/** Hexadecimal, binary, octal (C's or Python's) or decimal, with the suffixes that C and JavaScript know. */
const NUMBER = /(-?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9]\d*))(?:[uUlLzZ]{0,3}|n)(?!\w)/y;
/** Escapes of one letter that C, Python, gdb and strace share. */
const LETTERS: Record<string, number> = { n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11, e: 27, E: 27 };
const SELF = '\\\'"?';

/** The tokens of a text; throws for what is none. */
export function* tokensOf(text: string): Generator<Token> {
  for (let at = 0; at < text.length; ) {
    const skipped = skipBlank(text, at);
    if (skipped > at) {
      at = skipped;
      continue;
    }
    const [token, end] = tokenAt(text, at);
    yield token;
    at = end;
  }
}

/** Where blanks and a comment that begin at `at` end. */
function skipBlank(text: string, at: number): number {
  let i = at;
  while (isBlank(text.charCodeAt(i))) i++;
  if (text[i] !== '/') return i;
  if (text.startsWith('//', i)) {
    const end = text.indexOf('\n', i);
    return end < 0 ? text.length : end;
  }
  if (!text.startsWith('/*', i)) return i;
  const end = text.indexOf('*/', i + 2);
  if (end < 0) throw wrongAt(text, i, "a comment that has no '*/'");
  return end + 2;
}

function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d) || (code > 0x7f && /\s/.test(String.fromCharCode(code)));
}

function tokenAt(text: string, at: number): [Token, number] {
  const character = text[at] as string;
  if (text.startsWith('...', at)) {
    throw wrongAt(
      text,
      at,
      "'...' stands where a tool has left bytes out: print all of them (gdb: set print elements 0)",
    );
  }
  if (character === '"' || character === "'") return stringAt(text, at, character, false);
  NUMBER.lastIndex = at;
  const number = NUMBER.exec(text);
  if (number) {
    const digits = number[2]?.length ?? 0;
    return [{ at, kind: 'number', value: numberOf(number), digits }, NUMBER.lastIndex];
  }
  WORD.lastIndex = at;
  const word = WORD.exec(text)?.[0];
  if (word === undefined) return [{ at, kind: 'mark', text: character }, at + 1];
  const quote = text[at + word.length];
  if ((quote === '"' || quote === "'") && /^[bB]$/.test(word)) return stringAt(text, at + 1, quote, true);
  // As bash quotes what has escapes in it: $'\024'.
  if (quote === "'" && word === '$') {
    const [{ bytes }, end] = stringAt(text, at + 1, quote, false);
    return [{ at, kind: 'string', bytes, python: false }, end];
  }
  return [{ at, kind: 'word', text: word }, at + word.length];
}

function numberOf([, sign, hex, binary, octal, decimal]: RegExpExecArray): number {
  const magnitude =
    hex !== undefined
      ? Number.parseInt(hex, 16)
      : binary !== undefined
        ? Number.parseInt(binary, 2)
        : octal !== undefined
          ? Number.parseInt(octal, 8)
          : Number(decimal);
  return sign === '-' ? -magnitude : magnitude;
}

/** A literal whose opening quote is at `at`. gdb's '\000' is one character, Python's '...' may be any number. */
function stringAt(text: string, at: number, quote: string, python: boolean): [Literal, number] {
  const bytes: number[] = [];
  let i = at + 1;
  while (text[i] !== quote) {
    if (i >= text.length || text[i] === '\n' || text[i] === '\r')
      throw wrongAt(text, at, `a ${quote} that is not closed`);
    const [byte, next] = characterAt(text, i, python);
    if (bytes.push(byte) > MOST_BYTES) throw tooManyBytes();
    i = next;
  }
  if (text.startsWith('...', i + 1)) {
    throw wrongAt(text, i + 1, "'...' says that the string was cut: print all of it (strace: -s 65536)");
  }
  const kind = quote === "'" && !python ? 'character' : 'string';
  return [{ at, kind, bytes, python }, i + 1];
}

/** The byte that the character or escape at `at` stands for, and where the next begins. */
export function characterAt(text: string, at: number, python: boolean): [byte: number, next: number] {
  const code = text.charCodeAt(at);
  if (code < 0x20 || code > 0x7e)
    throw wrongAt(text, at, `${showAt(text, at)} is not ASCII: write its bytes as escapes`);
  if (code !== 0x5c) return [code, at + 1];
  const next = text[at + 1] ?? '';
  if (next === 'x') return hexEscapeAt(text, at, python);
  if (next >= '0' && next <= '7') {
    const digits = (/[0-7]{1,3}/.exec(text.slice(at + 1, at + 4)) as RegExpExecArray)[0];
    const byte = Number.parseInt(digits, 8);
    if (byte > 255) throw wrongAt(text, at, `'\\${digits}' is more than a byte, which ends at \\377`);
    return [byte, at + 1 + digits.length];
  }
  const letter = next === '' ? undefined : SELF.includes(next) ? next.charCodeAt(0) : LETTERS[next];
  if (letter === undefined) throw wrongAt(text, at, `'\\' before ${showAt(text, at + 1)} is no escape of C`);
  return [letter, at + 2];
}

/** C reads on as long as there are digits, Python and strace stop after two: where that differs it cannot be told. */
function hexEscapeAt(text: string, at: number, python: boolean): [byte: number, next: number] {
  let digits = 0;
  while (digits < 3 && digitOf(text.charCodeAt(at + 2 + digits)) >= 0) digits++;
  if (digits === 0 || (python && digits === 1))
    throw wrongAt(text, at, `'\\x' needs ${python ? 'two digits' : 'a digit'}`);
  if (digits === 3 && !python) {
    const shown = text.slice(at, at + 5);
    throw wrongAt(
      text,
      at,
      `'${shown}' is two characters in Python and strace, one that is too large in C: ` +
        `write "${shown.slice(0, 4)}" "${shown.slice(4)}", or b'...' for Python`,
    );
  }
  const length = Math.min(digits, 2);
  return [Number.parseInt(text.slice(at + 2, at + 2 + length), 16), at + 2 + length];
}
