/** Dictionaries in the format that libFuzzer and AFL++ share: lines of `name="value"`, with \xNN, \\ and \". */
import { show } from '../check/show.js';
import { AncillaryError } from '../errors/error.js';
import { readRegular } from './regular-file.js';

/** The engine's own limit. */
export const LONGEST_WORD = 64;
/** A file beyond it is none. */
const MOST_BYTES = 1 << 20;

/** `"value"`, with a name before it or not; AFL++ has a level behind the name. */
const LINE = /^(?:[^"=@]*(?:@\d+)?\s*=)?\s*"(.*)"$/s;
const PIECE = /\\x([0-9a-fA-F]{2})|\\(["\\])|([ !#-[\]-~\u0080-\u00ff])|(.)/gs;

/** The words of a dictionary file, in order; throws for a file that cannot be read, and for the first bad line by number. */
export function readDictionary(file: string): Uint8Array[] {
  return parseDictionary(readRegular(file, MOST_BYTES, `the dictionary ${file}`), file);
}

/** The words of the text of a dictionary, whose bytes are taken as they are; `source` is named in errors. */
export function parseDictionary(bytes: Uint8Array, source: string): Uint8Array[] {
  const text = Buffer.from(bytes)
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '');
  const words: Uint8Array[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    try {
      words.push(parseLine(line));
    } catch (error) {
      const { message } = error as Error;
      throw new AncillaryError('ERR_INVALID_ARGUMENT', `${source}, line ${index + 1}: ${message}`);
    }
  }
  return words;
}

function parseLine(line: string): Uint8Array {
  const value = LINE.exec(line)?.[1];
  if (value === undefined) throw new Error(`${show(line)} is no word: it must be name="value"`);
  const word: number[] = [];
  for (const [piece, hex, escaped, plain] of value.matchAll(PIECE)) {
    if (hex !== undefined) word.push(Number.parseInt(hex, 16));
    else if (escaped !== undefined || plain !== undefined) word.push((escaped ?? plain ?? '').charCodeAt(0));
    else throw new Error(`${show(piece)} may not stand there: the escapes are \\xNN, \\\\ and \\"`);
  }
  if (word.length === 0) throw new Error('the word is empty');
  if (word.length > LONGEST_WORD) throw new Error(`the word has ${word.length} bytes: ${LONGEST_WORD} are the most`);
  return Uint8Array.from(word);
}

/** The text of a dictionary with these words. */
export function formatDictionary(words: Iterable<readonly [name: string, word: Uint8Array]>): string {
  const lines = Array.from(words, ([name, word]) => `${name}="${Array.from(word, escapeByte).join('')}"\n`);
  return `# Words for control messages: -dict=FILE of libFuzzer, -x FILE of AFL++.\n${lines.join('')}`;
}

function escapeByte(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0').toUpperCase()}`;
}
