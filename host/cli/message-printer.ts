import { isatty } from 'node:tty';
import { TextDecoder } from 'node:util';
import { escapeControls } from '../check/escape.js';
import { hexdump } from './hexdump.js';
import { jsonOf, print, STDERR, STDOUT } from './output.js';
import { describeReceived, linesOfReceived, type Received } from './received.js';

/** How messages are printed: their data as it is, everything in lines, or one line of JSON each. */
export type Form = 'data' | 'hex' | 'json';

export interface PrinterOptions {
  form: Form;
  /** Where to; default: standard output. */
  output?: number;
  /** Has data go to a terminal as it is. */
  raw?: boolean | undefined;
}

/** Prints messages, one after the other. */
export class MessagePrinter {
  readonly #form: Form;
  readonly #output: number;
  /** For a terminal: whoever sends must not be able to act on it. */
  readonly #decoder: TextDecoder | undefined;
  #count = 0;

  constructor({ form, output = STDOUT, raw }: PrinterOptions) {
    this.#form = form;
    this.#output = output;
    // Across messages: a character may come in two parts.
    if (form === 'data' && !raw && isatty(output)) this.#decoder = new TextDecoder();
  }

  async print(message: Received): Promise<void> {
    const i = ++this.#count;
    if (this.#form === 'json') return print(`${escapeControls(jsonOf(describeReceived(message)))}\n`, this.#output);
    const head = linesOfReceived(message, i, this.#form === 'hex');
    if (this.#form === 'hex') return print(textOf([...head, ...hexdump(message.data)]), this.#output);
    if (head.length > 0) await print(textOf(head), STDERR);
    await print(
      this.#decoder ? shown(this.#decoder.decode(message.data, { stream: true })) : message.data,
      this.#output,
    );
  }
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${escapeControls(line)}\n`).join('');
}

/** The text with all that acts escaped, but for newlines and tabs. */
function shown(text: string): string {
  return text.replace(/[^\n\t]+/g, escapeControls);
}
