import { show } from '../../check/show.js';
import { type AncillaryError, invalidArgument } from '../../errors/error.js';

/** The error for what stands at `at` of `text`: one line that begins with the place, `line 2, column 5: ...`. */
export function wrongAt(text: string, at: number, problem: string): AncillaryError {
  const { line, column } = placeOf(text, at);
  return invalidArgument(`line ${line}, column ${column}: ${problem}`);
}

/** The character at `at`, quoted as errors quote, or what is there instead of one. */
export function showAt(text: string, at: number): string {
  const code = text.codePointAt(at);
  return code === undefined ? 'the end of the text' : show(String.fromCodePoint(code));
}

/** Line and column, both from 1, as editors count them: a line ends in LF, CR or CRLF, a character is one column. */
function placeOf(text: string, at: number): { line: number; column: number } {
  let line = 1;
  let column = 1;
  for (let i = 0; i < at; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0x0a || (unit === 0x0d && text.charCodeAt(i + 1) !== 0x0a)) [line, column] = [line + 1, 1];
    // The second half of a character beyond 16 bits is no column, nor is the CR of a CRLF.
    else if (unit !== 0x0d && (unit & 0xfc00) !== 0xdc00) column++;
  }
  return { line, column };
}
