import { createReadStream, statSync } from 'node:fs';
import { AncillaryError } from '../errors/error.js';
import { MOST_TEXT } from '../model/dump/formats.js';
import { utf8Of } from './text.js';

/** What a command reads: a file, standard input, or its argument. */
export interface Input {
  /** In words: `standard input`, `the argument`, or the name of the file. */
  source: string;
  chunks: AsyncIterable<Uint8Array>;
  /** Whether the argument itself is the text. */
  isArgument: boolean;
}

/** What begins the name of a file, whether there is one or not; a text hardly ever does. */
const PATH = /^(\/|\.\.?\/)/;
/** What says that there is no such file. */
const MISSING = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'];

/**
 * The input that an argument names: standard input for `-`, the file of that name if there is one, else the argument
 * itself. What begins with /, ./ or ../ is the name of a file, unless `isText` says that the format was given.
 */
export function openInput(argument: string, isText = false): Input {
  if (argument === '-') return openFile(argument);
  const missing = isMissing(argument);
  if (missing && (isText || !PATH.test(argument))) {
    const chunks = (async function* () {
      yield Buffer.from(argument);
    })();
    return { source: 'the argument', chunks, isArgument: true };
  }
  return openFile(argument);
}

/** The input of a file, or of standard input for `-`. */
export function openFile(file: string): Input {
  const source = file === '-' ? 'standard input' : file;
  return { source, chunks: chunksOf(file, source), isArgument: false };
}

function isMissing(file: string): boolean {
  try {
    statSync(file);
    return false;
  } catch (error) {
    return MISSING.includes((error as NodeJS.ErrnoException).code ?? '');
  }
}

async function* chunksOf(file: string, source: string): AsyncGenerator<Uint8Array> {
  const input = file === '-' ? process.stdin : createReadStream(file);
  try {
    // A consumer that goes away ends this at the yield: what is caught comes from the input.
    for await (const chunk of input) yield chunk as Uint8Array;
  } catch (error) {
    const { code = 'EIO', message } = error as NodeJS.ErrnoException;
    throw new AncillaryError(code, `cannot read ${source}: ${message}`);
  }
}

/** All of an input as text, which may be UTF-16 with a byte order mark; no more of it than a dump may have. */
export async function textOf({ chunks }: Input): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of utf8Of(chunks)) {
    parts.push(chunk);
    size += chunk.length;
    // One character more, to be refused where dumps are.
    if (size > MOST_TEXT) break;
  }
  return Buffer.concat(parts).toString();
}

const BLANKS = /^\ufeff?\s*/;
/** So many blanks are looked through. */
const MOST_BLANKS = 65536;

/**
 * Whether an input is JSON Lines: it begins with an object, `{"` or `{}`, or there is nothing in it. What was read to
 * tell is read again from the input that is returned.
 */
export async function looksLikeJson(input: Input): Promise<{ isJson: boolean; input: Input }> {
  const chunks = utf8Of(input.chunks)[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  let begin = '';
  while (begin.length < 2 && head.length < MOST_BLANKS) {
    const { value, done } = await chunks.next();
    if (done) break;
    head = Buffer.concat([head, value]);
    begin = head
      .toString()
      .replace(BLANKS, '')
      .replace(/^\{\s+/, '{')
      .slice(0, 2);
  }
  const again = (async function* () {
    yield head;
    yield* { [Symbol.asyncIterator]: () => chunks };
  })();
  return { isJson: ['', '{', '{"', '{}'].includes(begin), input: { ...input, chunks: again } };
}
