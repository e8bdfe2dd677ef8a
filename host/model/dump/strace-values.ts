import { characterAt } from './c-tokens.js';
import { showAt, wrongAt } from './place.js';
import { MOST_BYTES, tooManyBytes } from './sink.js';

/** A value as strace prints it. */
export type StraceValue = StraceNumber | StraceName | StraceBytes | StraceList | StraceRecord | StraceCall;
export interface StraceNumber {
  kind: 'number';
  at: number;
  value: bigint;
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

/** Reads one value of strace, and what decorates it: comments, and what a descriptor is in angle brackets. */
export class StraceReader {
  readonly text: string;
  at: number;
  #depth = 0;

  constructor(text: string, at = 0) {
    this.text = text;
    this.at = at;
  }

  value(): StraceValue {
    if (++this.#depth > DEEPEST) throw wrongAt(this.text, this.at, 'lists in lists, deeper than strace prints them');
    const value = this.#plainValue();
    this.#depth--;
    this.#skipDecoration();
    return value;
  }

  #plainValue(): StraceValue {
    this.#skipBlank();
    const { at, text } = this;
    const character = text[at];
    if (character === '[') return { kind: 'list', at, items: this.#items(']') };
    if (character === '{') return { kind: 'record', at, members: this.#members() };
    if (character === '"') return { kind: 'bytes', at, bytes: this.#bytes() };
    const number = this.#match(/-?(?:0x[0-9a-f]{1,16}|\d{1,20})(?!\w)/iy);
    if (number !== undefined) return { kind: 'number', at, value: numberOf(number) };
    const name = this.#match(/[A-Za-z_]\w*/y);
    if (name === undefined) throw wrongAt(text, at, `${showAt(text, at)} where a value of strace should be`);
    if (text[this.at] === '(') return { kind: 'call', at, name, items: this.#items(')') };
    return { kind: 'name', at, name };
  }

  #items(close: string): StraceValue[] {
    const items: StraceValue[] = [];
    this.at++;
    while (!this.#isAt(close)) {
      items.push(this.value());
      this.#skipComma(close);
    }
    this.at++;
    return items;
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

  #skipComma(close: string): void {
    if (this.#isAt(close)) return;
    if (!this.#isAt(',')) {
      throw wrongAt(this.text, this.at, `${showAt(this.text, this.at)} where a comma or ${close} should be`);
    }
    this.at++;
    this.#skipBlank();
  }

  /** Whether this character comes next; `...` never does any good. */
  #isAt(character: string): boolean {
    this.#skipBlank();
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

  /** `<UNIX-STREAM:[12->34]>` of -y, and comments, as -X verbose has them. */
  #skipDecoration(): void {
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
    }
    if (this.#match(/\s*\/\*/y) === undefined) return;
    const end = this.text.indexOf('*/', this.at);
    if (end < 0) throw wrongAt(this.text, this.at, "a comment that has no '*/'");
    this.at = end + 2;
  }
}

function numberOf(text: string): bigint {
  return text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text);
}
