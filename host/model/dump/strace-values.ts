import { AncillaryError } from '../../errors/error.js';
import { characterAt } from './c-tokens.js';
import { showAt, wrongAt } from './place.js';
import { MOST_BYTES, tooManyBytes } from './sink.js';

/** A value as strace prints it. */
export type StraceValue = StraceNumber | StraceName | StraceBytes | StraceList | StraceRecord | StraceCall;
export interface StraceNumber {
  kind: 'number';
  at: number;
  value: bigint;
  /** What -y says of a descriptor, as it stands between the angle brackets. */
  file?: string;
}
export interface StraceName {
  kind: 'name';
  at: number;
  name: string;
}
export interface StraceBytes {
  kind: 'bytes';
  at: number;
  bytes: Uint8Array;
  /** strace shows no more of it; for a lenient reader only. */
  isCut?: true;
  /** A name in the abstract namespace, `@"..."`; for a lenient reader only. */
  isAbstract?: true;
}
export interface StraceList {
  kind: 'list';
  at: number;
  items: StraceValue[];
}
export interface StraceRecord {
  kind: 'record';
  at: number;
  members: Map<string, StraceValue>;
}
/** `inet_addr("127.0.0.1")`, `htons(80)` */
export interface StraceCall {
  kind: 'call';
  at: number;
  name: string;
  items: StraceValue[];
}

/** Deeper than anything of strace. */
const DEEPEST = 12;

/**
 * Reads one value of strace, and what decorates it: comments, and what a descriptor is in angle brackets. What strace has
 * left out is refused, unless the reader is lenient: then as much as is shown is returned.
 */
export class StraceReader {
  readonly text: string;
  at: number;
  #depth = 0;
  readonly #isLenient: boolean;

  constructor(text: string, at = 0, { lenient = false } = {}) {
    this.text = text;
    this.at = at;
    this.#isLenient = lenient;
  }

  value(): StraceValue {
    return this.#isLenient ? this.#lenientValue() : this.#decoratedValue();
  }

  #decoratedValue(): StraceValue {
    if (++this.#depth > DEEPEST) throw wrongAt(this.text, this.at, 'lists in lists, deeper than strace prints them');
    const value = this.#plainValue();
    this.#depth--;
    const file = this.#skipDecoration();
    if (file !== undefined && value.kind === 'number') value.file = file;
    return value;
  }

  /** Of what is printed in a way of its own (messages of netlink, flags by name), the text, in place of a name. */
  #lenientValue(): StraceValue {
    this.#skipBlank();
    const [at, depth] = [this.at, this.#depth];
    try {
      const value = this.#decoratedValue();
      // `110 => 0`, before strace 6 `110->0`: what the call has made of it.
      if (this.#match(/ ?[=-]> ?/y) !== undefined) return this.value();
      this.#skipBlank();
      if (/[,)\]}.]/.test(this.text[this.at] ?? ',')) return value;
    } catch (error) {
      if (!(error instanceof AncillaryError) || this.at >= this.text.length) throw error;
    }
    [this.at, this.#depth] = [at, depth];
    this.#skipValue();
    // Nothing around it ends either: to look for that again and again would take its time.
    if (this.at >= this.text.length) throw new AncillaryError('ERR_INVALID_ARGUMENT', 'a value without an end');
    return { kind: 'name', at, name: this.text.slice(at, this.at) };
  }

  /** To the comma or bracket behind a value, whatever it is. */
  #skipValue(): void {
    const { text } = this;
    for (let depth = 0, isText = false; this.at < text.length; this.at++) {
      const character = text[this.at] as string;
      if (character === '"') isText = !isText;
      else if (isText) this.at += character === '\\' ? 1 : 0;
      else if ('([{'.includes(character)) depth++;
      else if (depth === 0 && ',)]}'.includes(character)) return;
      else if (')]}'.includes(character)) depth--;
    }
  }

  /** The values between `(` or `[`, at which the reader is, and the bracket that closes it. */
  items(close: string): StraceValue[] {
    const items: StraceValue[] = [];
    this.at++;
    while (!this.#isAt(close)) {
      items.push(this.value());
      this.#skipComma(close);
    }
    this.at++;
    return items;
  }

  #plainValue(): StraceValue {
    this.#skipBlank();
    const { at, text } = this;
    const character = text[at];
    if (character === '[') return { kind: 'list', at, items: this.items(']') };
    if (character === '{') return { kind: 'record', at, members: this.#members() };
    if (character === '"') return { kind: 'bytes', at, bytes: this.#bytes(), ...this.#cut() };
    if (this.#isLenient && text.startsWith('@"', at)) {
      this.at++;
      return { kind: 'bytes', at, bytes: this.#bytes(), ...this.#cut(), isAbstract: true };
    }
    const number = this.#match(/-?(?:0x[0-9a-f]{1,16}|\d{1,20})(?!\w)/iy);
    if (number !== undefined) return { kind: 'number', at, value: numberOf(number) };
    const name = this.#match(/[A-Za-z_]\w*/y);
    if (name === undefined) throw wrongAt(text, at, `${showAt(text, at)} where a value of strace should be`);
    if (text[this.at] === '(') return { kind: 'call', at, name, items: this.items(')') };
    return { kind: 'name', at, name };
  }

  #members(): Map<string, StraceValue> {
    const members = new Map<string, StraceValue>();
    this.at++;
    while (!this.#isAt('}')) {
      const { at } = this;
      const name = this.#match(/[A-Za-z_]\w*(?==)/y);
      if (name === undefined) throw wrongAt(this.text, at, `${showAt(this.text, at)} where a member, name=, should be`);
      this.at++;
      members.set(name, this.value());
      this.#skipComma('}');
    }
    this.at++;
    return members;
  }

  #bytes(): Uint8Array {
    const { at, text } = this;
    const bytes: number[] = [];
    this.at++;
    while (text[this.at] !== '"') {
      if (this.at >= text.length) throw wrongAt(text, at, 'a string that is not closed');
      // strace stops after two digits of \x, as Python does.
      const [byte, next] = characterAt(text, this.at, true);
      if (bytes.push(byte) > MOST_BYTES) throw tooManyBytes();
      this.at = next;
    }
    this.at++;
    return Uint8Array.from(bytes);
  }

  /** Whether `...` says that a string goes on; only a lenient reader passes it. */
  #cut(): { isCut?: true } {
    return this.#isLenient && this.#match(/\.\.\./y) !== undefined ? { isCut: true } : {};
  }

  #skipComma(close: string): void {
    if (this.#isAt(close)) return;
    if (!this.#isAt(',')) {
      throw wrongAt(this.text, this.at, `${showAt(this.text, this.at)} where a comma or ${close} should be`);
    }
    this.at++;
    this.#skipBlank();
  }

  /** Whether this character comes next; `...` does a strict reader no good. */
  #isAt(character: string): boolean {
    this.#skipBlank();
    if (this.#isLenient) this.#match(/\.\.\.(\s*\/\*.*?\*\/)?/y);
    if (this.text.startsWith('...', this.at)) {
      throw wrongAt(this.text, this.at, "'...' stands where strace has left something out: run it with -v -s 65536");
    }
    return this.text[this.at] === character;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }

  #skipBlank(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at++;
  }

  /** `<UNIX-STREAM:[12->34]>` of -y, whose inside is returned, and comments, as -X verbose has them. */
  #skipDecoration(): string | undefined {
    let file: string | undefined;
    if (this.text[this.at] === '<') {
      const { at } = this;
      // Of a device it has another in it, `<char 1:3>`; in brackets, `[12->34]`, they are arrows.
      for (let angles = 1, brackets = 0; angles > 0; ) {
        const character = this.text[++this.at];
        if (character === undefined) throw wrongAt(this.text, at, "'<' without its '>'");
        if (character === '[') brackets++;
        if (character === ']') brackets--;
        if (brackets === 0 && character === '<') angles++;
        if (brackets === 0 && character === '>') angles--;
      }
      this.at++;
      // Behind the name of a file that no folder has any more, which may be the name of one that never was in any.
      file = this.text.slice(at + 1, this.at - 1) + (this.#match(/\(deleted\)/y) ? ' (deleted)' : '');
    }
    if (this.#match(/\s*\/\*/y) === undefined) return file;
    const end = this.text.indexOf('*/', this.at);
    if (end < 0) throw wrongAt(this.text, this.at, "a comment that has no '*/'");
    this.at = end + 2;
    return file;
  }
}

function numberOf(text: string): bigint {
  return text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text);
}
