import { escapeControls } from '../check/escape.js';
import { writeError } from './output.js';

/** One line on a terminal's standard error that says what is being done; anywhere else nothing. */
export class ProgressLine {
  readonly #isShown = process.stderr.isTTY === true && process.env.TERM !== 'dumb';
  #isDrawn = false;

  say(text: string): void {
    if (!this.#isShown) return;
    const width = (process.stderr.columns || 80) - 1;
    this.#isDrawn = true;
    writeError(`\r\x1b[K${escapeControls(text).slice(0, width)}`);
  }

  /** Takes the line away again. */
  clear(): void {
    if (this.#isDrawn) writeError('\r\x1b[K');
    this.#isDrawn = false;
  }
}
