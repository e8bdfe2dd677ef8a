import { AncillaryError } from '../errors/error.js';
import { LONGEST, linesOf } from './lines.js';
import { jsonOf, printLines } from './output.js';

/** What help says of JSON Lines. */
export const LINES_HELP = `
Each line is answered with one line, in order; a bad line is answered with {"error": "..."} and does not stop the
others. A line holds no names but those below. Lines end in LF or CRLF; the text is UTF-8, or UTF-16 if a byte order
mark says so.`;
export const LINES_STATUS = `
Exit status: 0 when every line was answered, 1 when FILE cannot be read or the output not written, 2 for wrong usage,
129, 130 and 143 after SIGHUP, SIGINT and SIGTERM.`;

/**
 * Answers every line of the input with one line of JSON, in order: what `answer` returns for the object that the line
 * holds, or `{"error": ...}` for a bad line.
 */
export async function answerLines(
  chunks: AsyncIterable<Uint8Array>,
  answer: (question: Record<string, unknown>) => unknown,
): Promise<void> {
  for await (const lines of linesOf(chunks)) {
    await printLines(lines.map((line) => jsonOf(answerLine(line, answer))));
  }
}

function answerLine(line: string | undefined, answer: (question: Record<string, unknown>) => unknown): unknown {
  if (line === undefined)
    return { error: `a line of more than ${LONGEST} bytes does not fit into memory: make it shorter` };
  if (line.trim() === '') return { error: 'an empty line: a line must hold one JSON object' };
  try {
    const question: unknown = JSON.parse(line);
    if (typeof question !== 'object' || question === null || Array.isArray(question)) {
      return { error: 'a line must hold one JSON object' };
    }
    return answer(question as Record<string, unknown>);
  } catch (error) {
    if (error instanceof SyntaxError) return { error: `not JSON: ${error.message}` };
    // Also what should not happen: no line may keep the others from their answers.
    return { error: error instanceof AncillaryError ? error.message : `internal error: ${String(error)}` };
  }
}
