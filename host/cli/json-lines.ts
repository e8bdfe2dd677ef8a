import { createReadStream } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { AncillaryError } from '../errors/error.js';
import { print } from './output.js';

/**
 * Answers every line of `file` (`-`: standard input) with one line of JSON, in order: what `answer` returns for the
 * object that the line holds, or `{"error": ...}` for a bad line.
 */
export async function answerLines(file: string, answer: (question: Record<string, unknown>) => unknown): Promise<void> {
  const input = file === '-' ? process.stdin : createReadStream(file);
  const decoder = new StringDecoder('utf8');
  const reply = (line: string) => `${JSON.stringify(answerLine(line, answer))}\n`;
  let rest = '';
  try {
    for await (const chunk of input) {
      const lines = (rest + decoder.write(chunk as Buffer)).split('\n');
      rest = lines.pop() ?? '';
      if (lines.length > 0) await print(lines.map(reply).join(''));
    }
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (error instanceof AncillaryError) throw error;
    throw new AncillaryError(code, `cannot read ${file === '-' ? 'standard input' : file}: ${message}`);
  }
  rest += decoder.end();
  if (rest !== '') await print(reply(rest));
}

function answerLine(line: string, answer: (question: Record<string, unknown>) => unknown): unknown {
  try {
    const question: unknown = JSON.parse(line);
    if (typeof question !== 'object' || question === null || Array.isArray(question)) {
      return { error: 'a line must hold one JSON object' };
    }
    return answer(question as Record<string, unknown>);
  } catch (error) {
    if (error instanceof SyntaxError) return { error: `not JSON: ${error.message}` };
    if (error instanceof AncillaryError) return { error: error.message };
    throw error;
  }
}
