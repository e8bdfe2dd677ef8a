import { isatty } from 'node:tty';
import { TextDecoder } from 'node:util';
import { escapeControls } from '../check/escape.js';
import { print, STDOUT } from './output.js';

/** Prints what others sent: byte for byte, and to a terminal as text that does not act on it. */
export class DataPrinter {
  readonly #output: number;
  readonly #decoder: TextDecoder | undefined;

  /** `raw`: as it is to a terminal, too. */
  constructor({ output = STDOUT, raw }: { output?: number; raw?: boolean | undefined } = {}) {
    this.#output = output;
    // Across messages: a character may come in two parts.
    if (!raw && isatty(output)) this.#decoder = new TextDecoder();
  }

  print(data: Uint8Array): Promise<void> {
    return print(this.#decoder ? shown(this.#decoder.decode(data, { stream: true })) : data, this.#output);
  }
}

/** The text with all that acts escaped, but for newlines and tabs. */
function shown(text: string): string {
  return text.replace(/[^\n\t]+/g, escapeControls);
}
