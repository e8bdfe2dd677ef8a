import { createReadStream } from 'node:fs';
import { AncillaryError } from '../errors/error.js';
import { LONGEST, linesOf } from './lines.js';
import { printLines } from './output.js';

/**
 * Answers every line of `file` (`-`: standard input) with one line of JSON, in order: what `answer` returns for the
 * object that the line holds, or `{"error": ...}` for a bad line.
 */
export async function answerLines(file: string, answer: (question: Record<string, unknown>) => unknown): Promise<void> {
  for await (const lines of linesOf(chunksOf(file))) {
    await printLines(lines.map((line) => JSON.stringify(answerLine(line, answer), withTexts)));
  }
}

/** An integer beyond 2^53, which JSON does not hold, as the text that it is written as in a question. */
function withTexts(_name: string, value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  return value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}

async function* chunksOf(file: string): AsyncGenerator<Uint8Array> {
  const input = file === '-' ? process.stdin : createReadStream(file);
  try {
    // A consumer that goes away ends this at the yield: what is caught comes from the input.
    for await (const chunk of input) yield chunk as Uint8Array;
  } catch (error) {
    const { code = 'EIO', message } = error as NodeJS.ErrnoException;
    throw new AncillaryError(code, `cannot read ${file === '-' ? 'standard input' : file}: ${message}`);
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
