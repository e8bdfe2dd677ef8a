import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { AncillaryError, invalidArgument } from '../../../errors/error.js';

/** What stands for the number of the descriptor. */
const FD = '{fd}';

/**
 * A command as words, without a shell: blanks part them, '...' keeps everything, "..." everything but \" and \\, and \
 * the next character. `{fd}` becomes `fd`. Throws one line for an open quote and for no word at all.
 */
export function splitWords(command: string, fd: number): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let i = 0; i < command.length; i++) {
    const char = command[i] as string;
    if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === "'" || char === '"') {
      const { text, end } = readQuoted(command, i);
      word = (word ?? '') + text;
      i = end;
    } else if (char === '\\') {
      i += 1;
      if (i === command.length)
        throw invalidArgument(`exec:${command} ends with a backslash, which has nothing to keep`);
      word = (word ?? '') + command[i];
    } else word = (word ?? '') + char;
  }
  if (word !== undefined) words.push(word);
  if (words.length === 0 || words[0] === '') throw invalidArgument('the target exec needs a command: exec:COMMAND');
  if (words.some((each) => each.includes('\0'))) throw invalidArgument('a command may not contain NUL');
  return words.map((each) => each.replaceAll(FD, String(fd)));
}

function readQuoted(command: string, from: number): { text: string; end: number } {
  const quote = command[from];
  let text = '';
  for (let i = from + 1; i < command.length; i++) {
    const char = command[i] as string;
    if (char === quote) return { text, end: i };
    if (quote === '"' && char === '\\' && /["\\]/.test(command[i + 1] ?? '')) {
      i += 1;
      text += command[i];
    } else text += char;
  }
  throw invalidArgument(`exec:${command} opens a quote ${quote} that is not closed`);
}

/** The file of a program, as execvp(3) finds it; throws one line where it cannot be run. */
export function findProgram(program: string): string {
  if (program.includes('/')) {
    const why = whyNot(program);
    if (why) throw new AncillaryError(why, `cannot run ${program}: ${REASONS[why] ?? why}`);
    return program;
  }
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = folders.map((folder) => join(folder || '.', program)).find((file) => !whyNot(file));
  if (found === undefined) throw new AncillaryError('ENOENT', `cannot run ${program}: it is in no folder of PATH`);
  return found;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'it is no program that you may run',
};

function whyNot(file: string): string | undefined {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile() ? undefined : 'EACCES';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'EIO';
  }
}
