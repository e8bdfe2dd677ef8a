import { escapeControls } from '../check/escape.js';
import { DataPrinter } from './data-printer.js';
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
  readonly #data: DataPrinter;
  #count = 0;

  constructor({ form, output = STDOUT, raw }: PrinterOptions) {
    this.#form = form;
    this.#output = output;
    this.#data = new DataPrinter({ output, raw });
  }

  async print(message: Received): Promise<void> {
    const i = ++this.#count;
    if (this.#form === 'json') return print(`${escapeControls(jsonOf(describeReceived(message)))}\n`, this.#output);
    const head = linesOfReceived(message, i, this.#form === 'hex');
    if (this.#form === 'hex') return print(textOf([...head, ...hexdump(message.data)]), this.#output);
    if (head.length > 0) await print(textOf(head), STDERR);
    await this.#data.print(message.data);
  }
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${escapeControls(line)}\n`).join('');
}
