import { invalidArgument } from '../../errors/error.js';
import { characterAt, type Token, tokensOf } from './c-tokens.js';
import { showAt, wrongAt } from './place.js';
import type { ByteSink } from './sink.js';

const CLOSING: Record<string, string> = { '{': '}', '[': ']', '(': ')' };
/** Types of C whose elements are no bytes. */
const WIDE =
  /^(_*[su](16|32|64)|u?int|u?int(16|32|64)(_t)?|[iu](16|32|64|128|size)|u?short|u?long|s?size_t|wchar_t|char(16|32)_t|float|double|D?WORD|(Big)?(Ui|I)nt(16|32|64)Array|Float\d+Array)$/;

/**
 * Reads what a program holds its bytes in: string literals, `b'...'` of Python, arrays and lists of numbers, what
 * `print` of gdb shows of either, and escapes without quotes. The NUL that C puts behind a string is not read.
 */
export function readC(text: string, sink: ByteSink): string {
  if (/^\s*\\/.test(text)) return readBare(text.trimEnd(), sink);
  return new Reader(text, sink).read();
}

/** Escapes without quotes, `\x14\x00`: as they are copied out of a string. */
function readBare(text: string, sink: ByteSink): string {
  for (let i = text.length - text.trimStart().length; i < text.length; ) {
    if (/\s/.test(text[i] as string))
      throw wrongAt(text, i, 'a blank between escapes: put quotes around it if it is a byte');
    const [byte, next] = characterAt(text, i, false);
    sink.add(byte);
    i = next;
  }
  return 'escapes of C';
}

class Reader {
  readonly #text: string;
  readonly #sink: ByteSink;
  readonly #tokens: Generator<Token>;
  #next: Token | undefined;
  #python = false;
  #repeats = false;

  constructor(text: string, sink: ByteSink) {
    this.#text = text;
    this.#sink = sink;
    this.#tokens = tokensOf(text);
    this.#advance();
  }

  read(): string {
    const isGdb = this.#isWord(/^\$/);
    const depth = this.#skipDeclaration();
    const open = this.#takeOpening();
    const strings = this.#readElements(open);
    this.#skipEnd(depth);
    // A last NUL of an array is not printed: whether there is one cannot be told.
    if (strings && (isGdb || this.#repeats)) return 'a string of gdb, which leaves a last NUL out';
    if (isGdb || this.#repeats) return 'an array of gdb';
    if (strings) return this.#python ? 'bytes of Python' : 'a string of C';
    return open === '{' ? 'an array of C' : 'a list of numbers';
  }

  #advance(): Token | undefined {
    this.#next = this.#tokens.next().value as Token | undefined;
    return this.#next;
  }

  #isMark(marks: string): boolean {
    return this.#next?.kind === 'mark' && marks.includes(this.#next.text);
  }

  #isWord(pattern: RegExp): boolean {
    return this.#next?.kind === 'word' && pattern.test(this.#next.text);
  }

  #wrong(problem: string) {
    return wrongAt(this.#text, this.#next?.at ?? this.#text.trimEnd().length, problem);
  }

  #wrongType() {
    return this.#wrong('elements of more than one byte are not read: give the bytes');
  }

  #shown(): string {
    return showAt(this.#text, this.#next?.at ?? this.#text.length);
  }

  /** `unsigned char name[56] =`, `$1 =`, `bytearray(`, `Uint8Array(56)`; the number of parentheses left open. */
  #skipDeclaration(): number {
    let next = this.#next;
    if (next?.kind !== 'word') return 0;
    let depth = 0;
    let previous = '';
    // A bracket behind a name is part of the type, one behind these begins a list.
    const isList = () => this.#isMark('{') || (this.#isMark('[') && ['=', '(', ')'].includes(previous));
    for (; next && next.kind !== 'string' && !isList(); next = this.#advance()) {
      // `unsigned` alone is an int.
      if (previous === 'unsigned' && !this.#isWord(/^char$/)) throw this.#wrongType();
      if (this.#isWord(WIDE)) throw this.#wrongType();
      if (this.#isMark('(')) depth++;
      if (this.#isMark(')')) depth--;
      previous = next.kind === 'mark' || next.kind === 'word' ? next.text : '';
    }
    if (next?.kind === 'string' && !['=', '('].includes(previous)) {
      throw this.#wrong('the words before this string give it no name: give what is in it alone');
    }
    if (depth > 0 && next?.kind === 'string' && !next.python) {
      throw this.#wrong('a string that a function is to read is not read here: give what is in it alone');
    }
    return depth;
  }

  #takeOpening(): string {
    const next = this.#next;
    if (next?.kind !== 'mark' || !CLOSING[next.text]) return '';
    this.#advance();
    return next.text;
  }

  /** Elements up to what closes them; whether the first is a string. */
  #readElements(open: string): boolean {
    const close = CLOSING[open];
    const isEnd = () => (close === undefined ? this.#next === undefined || this.#isMark(';)') : this.#isMark(close));
    const strings = this.#next?.kind === 'string';
    if (close === undefined && isEnd()) throw this.#wrong('there is neither a string nor a list of bytes');
    while (!isEnd()) {
      this.#readElement();
      if (this.#isMark(',')) this.#advance();
      else if (!isEnd()) throw this.#wrong(`${this.#shown()} where a comma or ${close ?? 'the end'} should be`);
    }
    if (close !== undefined) this.#advance();
    return strings;
  }

  #readElement(): void {
    const before = this.#sink.size;
    const token = this.#next;
    if (token?.kind === 'number') {
      if (token.digits > 2)
        throw this.#wrong('a number of more than two digits behind 0x is no byte: words are not read here');
      this.#addNumber(token.value);
      this.#advance();
      // print/c of gdb: 20 '\024'
      if (this.#next?.kind === 'character') this.#advance();
    } else if (token?.kind === 'character') {
      if (token.bytes.length !== 1) throw this.#wrong('a character of C is one byte; strings stand in double quotes');
      this.#addString(token);
    } else if (token?.kind === 'string') {
      while (this.#next?.kind === 'string') this.#addString(this.#next);
    } else throw this.#wrong(`${this.#shown()} where a byte should be`);
    if (this.#isMark('<')) this.#readRepeats(before);
  }

  #addNumber(value: number): void {
    if (value < -128 || value > 255) throw this.#wrong(`${value} is no byte, which is 0 to 255`);
    this.#sink.add(value & 0xff);
  }

  #addString({ bytes, python }: Token & { bytes: number[]; python: boolean }): void {
    this.#python ||= python;
    for (const byte of bytes) this.#sink.add(byte);
    this.#advance();
  }

  /** `<repeats 22 times>`, behind the element that is meant. */
  #readRepeats(before: number): void {
    this.#repeats = true;
    this.#advance();
    if (!this.#isWord(/^repeats$/)) throw this.#wrong("'<' where a comma should be");
    this.#advance();
    const times = this.#next?.kind === 'number' ? this.#next.value : 0;
    if (times < 1) throw this.#wrong('<repeats> must say how many times');
    this.#advance();
    if (!this.#isWord(/^times$/)) throw this.#wrong("<repeats> must end in 'times>'");
    this.#advance();
    if (!this.#isMark('>')) throw this.#wrong("<repeats> must end in 'times>'");
    this.#advance();
    this.#sink.repeat(this.#sink.size - before, times - 1);
  }

  /** Closing parentheses, a semicolon, and what xxd -i adds: `unsigned int name_len = 56;`. */
  #skipEnd(depth: number): void {
    for (let i = 0; i < depth && this.#isMark(')'); i++) this.#advance();
    if (this.#isMark(';')) this.#advance();
    if (this.#isWord(/^(unsigned|const|static|size_t)$/)) {
      while (this.#next && !this.#isMark('=')) this.#advance();
      if (this.#next) this.#advance();
      if (this.#next?.kind !== 'number')
        throw this.#wrong('a second declaration, which is not the length of the first');
      if (this.#next.value !== this.#sink.size) {
        throw this.#wrong(`the length is said to be ${this.#next.value}, and ${this.#sink.size} bytes stand before it`);
      }
      this.#advance();
      if (this.#isMark(';')) this.#advance();
    }
    if (this.#next) throw this.#wrong(`${this.#shown()} stands behind the bytes`);
  }
}

/** Whether a text has the marks of a program around its bytes. */
export function looksLikeC(text: string): boolean {
  return /["'{}[\]()\\=]/.test(text);
}

/** Refuses a text in which nothing tells that its quoted characters are meant as bytes. */
export function refuseQuotedDigits(text: string): void {
  if (/^\s*["'][0-9a-zA-Z+/=_\s-]+["'],?\s*$/.test(text)) {
    throw invalidArgument(
      'a quoted text without an escape may be hexadecimal or base64 in quotes, or its characters may be the bytes: ' +
        'leave the quotes off, or say --format c',
    );
  }
}
