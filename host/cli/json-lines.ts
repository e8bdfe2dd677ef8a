import { createReadStream } from 'node:fs';
import { AncillaryError } from '../errors/error.js';
import { print } from './output.js';

/** Longer lines are answered with an error, and not kept: the codec's memory holds less than their half. */
const LONGEST = 4 * 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * Answers every line of `file` (`-`: standard input) with one line of JSON, in order: what `answer` returns for the
 * object that the line holds, or `{"error": ...}` for a bad line.
 */
export async function answerLines(file: string, answer: (question: Record<string, unknown>) => unknown): Promise<void> {
  for await (const lines of linesOf(file)) {
    await print(lines.map((line) => `${JSON.stringify(answerLine(line, answer))}\n`).join(''));
  }
}

/** The lines of the file, as many at a time as came together; undefined for one that is too long. */
async function* linesOf(file: string): AsyncGenerator<(string | undefined)[]> {
  let parts: Buffer[] = [];
  let size = 0;
  const add = (part: Buffer) => {
    size += part.length;
    if (size <= LONGEST) parts.push(part);
    else parts = [];
  };
  const take = () => {
    const line = size <= LONGEST ? Buffer.concat(parts).toString() : undefined;
    parts = [];
    size = 0;
    return line;
  };
  for await (const chunk of chunksOf(file)) {
    const lines: (string | undefined)[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      add(chunk.subarray(start, end));
      lines.push(take());
      start = end + 1;
    }
    if (start < chunk.length) add(chunk.subarray(start));
    if (lines.length > 0) yield lines;
  }
  if (size > 0) yield [take()];
}

async function* chunksOf(file: string): AsyncGenerator<Buffer> {
  const input = file === '-' ? process.stdin : createReadStream(file);
  const chunks = input[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  while (true) {
    let next: IteratorResult<Buffer>;
    try {
      next = await chunks.next();
    } catch (error) {
      const { code = 'EIO', message } = error as NodeJS.ErrnoException;
      throw new AncillaryError(code, `cannot read ${file === '-' ? 'standard input' : file}: ${message}`);
    }
    if (next.done) return;
    yield next.value;
  }
}

function answerLine(line: string | undefined, answer: (question: Record<string, unknown>) => unknown): unknown {
  if (line === undefined)
    return { error: `a line of more than ${LONGEST} bytes does not fit into memory: make it shorter` };
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
